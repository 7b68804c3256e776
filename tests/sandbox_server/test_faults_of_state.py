"""Faults of the state and of the servers' words: told beside true, each change put down to who made it, replayable."""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fault_injection.errors import FaultError
from fault_injection.fault import Saying, faults
from fault_injection.profile import find_profiles, inline_profile
from harness.acting.client import Answer, Client
from harness.acting.fate import FateUnknown
from harness.recording.toggling import toggle_again
from sandbox_server.episode import Episode
from sandbox_server.faults.around import TRUTH_STEP
from sandbox_server.presentation import Presentation, present
from sandbox_server.stage import Stage
from worlds.clock import SECOND
from worlds.world import World
from worlds.worldfile import plan_world
from worlds.yamlfile import parse_yaml

pytestmark = pytest.mark.anyio

WORLD = """
soundstage: 1
world: desk
clock: 2026-03-02T09:00:00Z
servers:
  files: {kind: filesystem, root: /w, tree: {a.txt: one, notes/b.txt: two}}
  shop:
    kind: sql
    imitates: sqlite
    schema: "create table orders (id integer primary key, name text, cents integer);"
    rows: {orders: [[1, Ida, 950], [2, Bo, 300], [3, Cy, 20], [4, Di, 10]]}
"""


def desk() -> Presentation:
    return present(plan_world(parse_yaml(WORLD, "desk.yaml"), Path()))


DESK = desk()
READ = ("files", "read_text_file", {"path": "/w/a.txt"})
WRITE = ("files", "write_file", {"path": "/w/a.txt", "content": "one two three four"})
SELECT = ("shop", "read_query", {"query": "select id, cents from orders order by id"})
UPDATE = ("shop", "write_query", {"query": "update orders set cents = 7"})


def opened(*rules: dict[str, Any]) -> tuple[Episode, Client]:
    episode = Stage().open(DESK)
    if rules:
        episode.faults.put([inline_profile(list(rules))])
    return episode, Client(episode)


async def ask(client: Client, call: tuple[str, str, dict[str, Any]]) -> Answer:
    return await client.call(*call)


async def tried(client: Client, call: tuple[str, str, dict[str, Any]]) -> None:
    """A call whose answer may be lost."""
    with suppress(FateUnknown):
        await client.call(*call)


def content(episode: Episode) -> bytes:
    part: Any = episode.world.parts["files"]
    data: bytes = part.read("/w/a.txt")
    return data


async def test_a_lost_write_is_told_as_done_and_leaves_nothing() -> None:
    episode, client = opened({"fault": "lost_write", "works": "write"})
    before = episode.digest
    told = await ask(client, WRITE)
    entry = episode.ledger.entries[-1]

    assert told.text == "Successfully wrote to /w/a.txt" and content(episode) == b"one"
    assert (episode.digest, entry.changes, entry.truth) == (before, (), "computed")


async def test_what_is_applied_twice_is_put_down_to_the_agent_once() -> None:
    insert = ("shop", "write_query", {"query": "insert into orders (name, cents) values ('Ed', 5)"})
    episode, client = opened({"fault": "applied_twice"})
    told = await ask(client, insert)
    changes = [(change.path, change.actors) for change in episode.ledger.entries[-1].changes]

    assert told.text == "[{'affected_rows': 1}]"
    assert changes == [("shop.orders[5]", ("agent",)), ("shop.orders[6]", ("fault",))]
    assert episode.digest == episode.world.content_digest()


async def test_a_partial_write_keeps_some_rows_and_the_beginning_of_a_file() -> None:
    episode, client = opened({"fault": "partial_write", "works": "write"})
    await ask(client, WRITE)
    await ask(client, UPDATE)
    rows = (await ask(client, SELECT)).data

    assert content(episode) == b"one two t"
    assert [row["cents"] for row in rows] == [7, 7, 20, 10]
    assert {change.path for change in episode.diff()} == {"files:/w/a.txt", "shop.orders[1]", "shop.orders[2]"}


async def test_a_stale_read_tells_what_was_and_a_write_is_left_alone() -> None:
    episode, client = opened({"fault": "stale_read"})
    await ask(client, WRITE)
    stale, truth = await ask(client, READ), episode.ledger.entries[-1].true_reply
    await ask(client, UPDATE)
    wrote = episode.ledger.entries[-1]

    assert stale.text == "one" and truth is not None
    assert truth.result is not None and truth.result["content"][0]["text"] == "one two three four"
    assert wrote.rules[0]["suppressed"] == "there was nothing to do it to" and wrote.truth == "same"


async def test_somebody_else_is_never_the_agent() -> None:
    deed = {"do": "update", "server": "shop", "with": {"table": "orders", "set": {"cents": 1}, "where": {"id": 2}}}
    episode, client = opened(
        {"on": "shop.*", "fault": "concurrent_actor", "with": {"do": deed}},
        {"on": "files.*", "works": "write", "fault": "concurrent_actor"},
    )
    rows = (await ask(client, SELECT)).data
    changes = episode.ledger.entries[-1].changes
    await ask(client, ("files", "edit_file", {"path": "/w/a.txt", "edits": [{"oldText": "one", "newText": "1"}]}))

    assert rows[1]["cents"] == 1 and [(c.path, c.actors) for c in changes] == [("shop.orders[2]", ("fault",))]
    assert re.fullmatch(rb"1\n-- [0-9a-f]{6}\n", content(episode))
    assert {change.path: change.actors for change in episode.diff()} == {
        "shop.orders[2]": ("fault",), "files:/w/a.txt": ("fault", "agent"),
    }  # fmt: skip


async def test_an_interruption_comes_when_it_is_due_and_from_nobody_in_particular() -> None:
    event = {"do": "write", "server": "files", "with": {"path": "mail.txt", "text": "Stop."}}
    episode, client = opened({"nth": 1, "fault": "interruption", "with": {"event": event, "after": "10s"}})
    await ask(client, READ)
    episode.world.clock.advance(11 * SECOND)
    mail = await ask(client, ("files", "read_text_file", {"path": "/w/mail.txt"}))

    assert mail.text == "Stop."
    assert [change.actors for change in episode.ledger.entries[-1].changes] == [("agenda",)]


async def test_a_deed_that_cannot_be_done_leaves_the_call_as_it_is() -> None:
    missing = {"do": "remove", "with": {"path": "/w/nothing.txt"}}
    episode, client = opened({"on": "files.*", "fault": "concurrent_actor", "with": {"do": missing}})
    told = await ask(client, READ)

    assert told.text == "one"
    assert "it could not be done" in episode.ledger.entries[-1].rules[0]["suppressed"]


async def test_what_says_that_it_waited_has_waited() -> None:
    episode, client = opened({"on": "shop.*", "fault": "lock_held"}, {"on": "files.*", "fault": "timed_out"})
    began_ns = episode.world.clock.now_ns
    locked = await ask(client, UPDATE)
    between_ns = episode.world.clock.now_ns
    late = await ask(client, READ)

    assert (locked.text, between_ns - began_ns) == ("Database error: database is locked", 5 * SECOND + 1_000_000)
    assert late.text == "ETIMEDOUT: connection timed out, open '/w/a.txt'"
    assert episode.world.clock.now_ns - between_ns == 30 * SECOND + 1_000_000


async def test_a_wait_counts_from_when_it_was_told() -> None:
    episode, client = opened(
        {"fault": "latency", "with": {"fixed": "2s"}, "nth": 1},
        {"nth": 1, "fault": "rate_limited", "with": {"wait": "20s"}},
    )
    await ask(client, READ)
    until_ns = episode.world.clock.now_ns + 20 * SECOND
    told = []
    for arrival_ns in (until_ns - 1_000_000, until_ns):
        episode.world.clock.hold_at(arrival_ns - 1_000_000)  # the call itself takes a millisecond
        told.append((await ask(client, READ)).text)

    assert told == ["EMFILE: too many open files, open '/w/a.txt'", "one"]


async def test_an_analytical_world_fails_in_its_engines_words_and_is_left_alone() -> None:
    world = """
soundstage: 1
world: numbers
servers:
  lake: {kind: sql, imitates: motherduck, schema: "create table t (a integer); insert into t values (1), (2);"}
"""
    episode = Stage().open(present(plan_world(parse_yaml(world, "numbers.yaml"), Path())))
    client = Client(episode)
    episode.faults.put([inline_profile([
        {"name": "busy", "nth": 1, "fault": "lock_held"}, {"name": "lost", "nth": 2, "fault": "lost_write"},
        {"name": "stale", "nth": 4, "fault": "stale_read"}, {"name": "cut", "nth": 5, "fault": "schema_drift"},
    ])])  # fmt: skip
    asked = [
        "select sum(a) from t", "update t set a = 9", "update t set a = 5", "select sum(a) s from t", "select a from t",
    ]  # fmt: skip
    told = [(await ask(client, ("lake", "execute_query", {"sql": sql}))).text for sql in asked]
    entries = [entry for entry in episode.ledger.entries if entry.kind == "call"]
    episode.close()

    assert "Could not set lock on file" in told[0] and "IOException" in told[0]
    assert [entry.rules[0]["fault"] for entry in entries if any(r["fired"] for r in entry.rules)]
    assert not entries[1].changes and {c.actors for c in entries[2].changes} == {("agent",)}
    assert '"rows": [\n    [\n      3' in told[3]
    assert [entry.truth for entry in entries] == ["computed", "computed", "same", "computed", "same"]


@pytest.mark.parametrize("kind", [name for name, kind in faults if issubclass(kind, Saying)])
async def test_failures_before_the_effect_change_nothing_and_the_truth_is_beside_them(kind: str) -> None:
    episode, client = opened({"fault": kind})
    before = episode.digest
    for call in (WRITE, UPDATE):
        await ask(client, call)
        entry = episode.ledger.entries[-1]
        assert (entry.effect, entry.truth, entry.changes) == (0, "computed", ())
        assert entry.told is not None and entry.true_reply is not None and entry.told != entry.true_reply
    assert (episode.digest, episode.step) == (before, 0)


def shown(episode: Episode, since: int = 0) -> list[dict[str, Any]]:
    """What the ledger says, but for real time and its own numbers."""
    entries = [entry.to_json() for entry in episode.ledger.entries[since:] if entry.kind == "call"]
    for entry in entries:
        entry["notes"] = {key: note for key, note in entry.get("notes", {}).items() if key != TRUTH_STEP}
    return [
        {key: value for key, value in entry.items() if key not in ("real_ms", "number", "arrival", "effect")}
        for entry in entries
    ]


CALLS = [READ, WRITE, SELECT, UPDATE, ("files", "list_directory", {"path": "/w"}), ("shop", "list_tables", {})]
STORM = "shifting-ground+quiet-lies+flaky-api+rate-limited+garbled+slow-lane"


@settings(max_examples=6, deadline=None)
@given(st.lists(st.sampled_from(CALLS), min_size=4, max_size=14), st.integers(1, 12), st.integers(0, 1_000))
def test_restored_and_forked_episodes_go_on_as_if_uninterrupted(
    calls: list[tuple[str, str, dict[str, Any]]], cut: int, seed: int
) -> None:
    async def play() -> None:
        stage = Stage()
        episode = stage.open(DESK)
        episode.faults.put(find_profiles(STORM), seed=seed)
        client = Client(episode)
        for call in calls[:cut]:
            await tried(client, call)
        snapshot = await episode.snapshot()
        fork = stage.fork(episode)
        since = len(episode.ledger.entries)
        for call in calls[cut:]:
            await tried(client, call)
        first = shown(episode, since)
        await episode.restore(snapshot=snapshot.id)
        since = len(episode.ledger.entries)
        for call in calls[cut:]:
            await tried(client, call)
            await tried(Client(fork), call)
        assert shown(episode, since) == first == shown(fork)
        assert episode.world.state_digest() == fork.world.state_digest()

    asyncio.run(play())


async def test_calm_is_the_same_to_the_byte_as_no_engine_at_all() -> None:
    plain, without = opened()
    calm, within = opened()
    calm.faults.put(find_profiles("calm"))
    for call in CALLS * 2:
        await tried(without, call)
        await tried(within, call)

    assert calm.hooks == plain.hooks
    assert shown(calm) == shown(plain)
    assert calm.world.state_digest() == plain.world.state_digest()


async def test_toggling_at_random_in_64_episodes_crashes_nothing_and_every_ledger_replays() -> None:
    """Each episode is played again from its ledger alone: its calls, and its owner's acts between them."""
    stage = Stage()
    names = STORM.split("+")

    async def live(number: int) -> Episode:
        episode = stage.open(DESK, id=f"e{number}")
        client = Client(episode)
        episode.faults.put(find_profiles(names[number % 6]), seed=number)
        for step in range(12):
            draw = episode.world.chance.derive(number, step).seed
            if draw % 3 == 0:
                toggle(episode, names[draw % 6], draw)
            await tried(client, CALLS[draw % len(CALLS)])
        return episode

    episodes = await asyncio.gather(*(live(number) for number in range(64)))
    for number, episode in enumerate(episodes):
        again = await replayed(stage, episode, number)
        assert shown(again) == shown(episode), number
    assert len({episode.digest for episode in episodes}) > 3
    stage.close_all()


def toggle(episode: Episode, name: str, draw: int) -> None:
    """Turn something on, off or over."""
    present = [profile.name for profile in episode.faults.profiles]
    if name not in present:
        episode.faults.add(find_profiles(name)[0])
    elif draw % 2:
        episode.faults.switch(name, enabled=draw % 4 == 1)
    else:
        rule = f"{present[0]}/{episode.faults.profiles[0].rules[0].name}"
        changes: list[Callable[[], object]] = [
            lambda: _fire(episode, rule),
            lambda: episode.faults.patch(rule, {"budget": {"times": 2}}),
            lambda: episode.faults.expire(rule, episode.world.clock.now_ns + SECOND),
            lambda: episode.faults.forget(),
        ]
        changes[draw // 6 % 4]()


def _fire(episode: Episode, rule: str) -> None:
    """Arm a rule; one that is off is refused, and stays so."""
    with suppress(FaultError):
        episode.faults.fire(rule)


async def replayed(stage: Stage, episode: Episode, number: int) -> Episode:
    """An episode played from another one's ledger."""
    again = stage.open(DESK, id=f"again{number}")
    client = Client(again)
    for entry in episode.ledger.entries:
        if entry.kind == "call":
            await tried(client, (entry.server, entry.tool, entry.arguments))
        elif entry.tool == "faults":
            toggle_again(again.faults, entry.arguments)
    return again


async def test_names_in_failures_do_not_depend_on_how_many_calls_there_were_before() -> None:
    """A temporary name is drawn for the call, so that restored, forked and replayed episodes tell the same one."""
    told = []
    for before in (0, 3):
        episode, client = opened({"on": "*.write_file", "fault": "forbidden"})
        for _ in range(before):
            await tried(client, READ)
        answers = [await ask(client, WRITE) for _ in range(2)]
        told.append([answer.text for answer in answers])
        episode.close()

    assert told[0] == told[1] and told[0][0] != told[0][1]
    assert re.fullmatch(r"E[A-Z]+: [a-z ]+, open '/w/a\.txt\.[0-9a-f]{32}\.tmp'", told[0][0])


async def test_a_stale_read_after_many_reads_computes_no_digest_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    episode, client = opened({"fault": "stale_read", "nth": 201, "works": "read"})
    for _ in range(200):
        await tried(client, READ)
    digests = 0
    computed = World.content_digest

    def counted(world: World) -> bytes:
        nonlocal digests
        digests += 1
        return computed(world)

    monkeypatch.setattr(World, "content_digest", counted)
    await tried(client, READ)

    assert [rule["matched"] for rule in episode.ledger.entries[-1].rules] == [True] and digests < 20
