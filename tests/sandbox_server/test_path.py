"""The path of one call: hooks in their order, all or nothing, and the ledger before the reply."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from sandbox_server.call import Call, Reply
from sandbox_server.episode import Episode
from sandbox_server.errors import Ended, NotFound
from sandbox_server.family import Site
from sandbox_server.hooks import Apply, Hooks, Proceed
from sandbox_server.ledger import Entry
from sandbox_server.path import request, walk
from sandbox_server.stage import Stage
from tests.sandbox_server.plain import presentation
from worlds.agenda import Agenda
from worlds.changes import Change
from worlds.clock import SECOND

pytestmark = pytest.mark.anyio

WRITE = Call("plain", "write", {"key": "k", "text": "v"})


def episode(**hooks: Any) -> Episode:
    return Stage().open(presentation(), hooks=Hooks(**hooks))


def texts(episode: Episode) -> dict[str, str]:
    return dict(episode.world.parts["plain"].texts)  # type: ignore[attr-defined]


async def test_hooks_stand_in_their_places() -> None:
    places: list[str] = []

    async def around_call(call: Call, proceed: Proceed) -> Reply:
        places.append("call")
        return await proceed(call)

    async def around_state(call: Call, site: Site, apply: Apply) -> Reply:
        places.append("state")
        return await apply(call, site)

    def on_reply(call: Call, reply: Reply) -> Reply:
        places.append("reply")
        return reply

    live = episode(call=(around_call, around_call), state=(around_state, around_state), reply=(on_reply,))
    live.ledger.watchers.add(lambda entry: places.append("ledger"))

    outcome = await walk(live, WRITE)

    assert places == ["call", "call", "state", "state", "reply", "ledger"]
    assert (outcome.reply.failed, texts(live)) == (False, {"k": "v"})


async def test_a_hook_can_change_the_call_or_answer_itself() -> None:
    async def other_text(call: Call, proceed: Proceed) -> Reply:
        return await proceed(replace(call, arguments={"key": "k", "text": "changed"}))

    async def refuse(call: Call, proceed: Proceed) -> Reply:
        return Reply.refused(-32000, "no")

    changed, refused = episode(call=(other_text,)), episode(call=(refuse, other_text))

    await walk(changed, WRITE)
    outcome = await walk(refused, WRITE)

    assert (texts(changed), texts(refused)) == ({"k": "changed"}, {})
    assert outcome.reply == Reply.refused(-32000, "no")
    assert (refused.ledger.entries[0].effect, refused.step) == (0, 0)


async def test_what_breaks_leaves_nothing_but_time_and_a_note() -> None:
    live = episode()
    await walk(live, WRITE)
    digest, step = live.digest, live.step

    outcome = await walk(live, Call("plain", "boom", {}))

    assert outcome.reply.failed
    assert (live.digest, live.step, texts(live)) == (digest, step, {"k": "v"})
    assert outcome.entry is not None
    assert outcome.entry.notes["broke"].startswith("RuntimeError")
    assert live.world.content_digest() == digest


async def test_what_was_due_stays_although_the_call_breaks() -> None:
    live = episode()
    due_ns = live.world.clock.now_ns
    live.world.agenda = live.world.agenda.schedule(due_ns, "plain", "write", {"key": "due", "text": "came"})

    outcome = await walk(live, Call("plain", "boom", {}))

    assert texts(live) == {"due": "came"}
    assert outcome.entry is not None
    assert [(change.path, change.actors) for change in outcome.entry.changes] == [("plain.due", ("agenda",))]
    assert outcome.entry.digest_after == live.digest == live.world.content_digest() != outcome.entry.digest_before


async def test_the_ledger_has_the_entry_before_the_reply_leaves() -> None:
    live = episode()
    kept: list[Entry] = []

    class Durable:
        def write(self, entry: Entry) -> None:
            kept.append(entry)

    live.ledger.sinks = (Durable(),)

    outcome = await walk(live, WRITE)

    assert kept == [outcome.entry]
    assert kept[0].told is outcome.reply


async def test_a_call_that_touches_nothing_shares_its_step_with_the_one_before() -> None:
    live = episode()
    await walk(live, WRITE)
    before = live.parked

    await walk(live, Call("plain", "read", {"key": "k"}))

    assert live.parked.parts is before.parts
    assert live.parked.clock.now_ns > before.clock.now_ns
    assert live.history.at(live.step).attempts != live.history.at(live.step - 1).attempts


async def test_calls_of_one_episode_take_effect_one_after_the_other() -> None:
    inside = 0
    most = 0

    async def slow(call: Call, site: Site, apply: Apply) -> Reply:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1
        return await apply(call, site)

    live = episode(state=(slow,))

    await asyncio.gather(*(walk(live, replace(WRITE, arguments={"key": str(n), "text": "v"})) for n in range(20)))

    assert most == 1
    assert sorted(entry.effect for entry in live.ledger.entries) == list(range(1, 21))
    assert len(texts(live)) == 20


async def test_other_requests_take_the_same_path() -> None:
    live = episode()

    known = await request(live, "plain", "resources/read", {"uri": "memo://a"}, "agent")
    unknown = await request(live, "plain", "no/such", {}, "agent")

    assert known is not None and known.entry is not None
    assert (known.entry.kind, known.entry.effect, unknown, live.step) == ("request", 1, None, 1)


async def test_a_lost_answer_is_noted_twice_over() -> None:
    live = episode()
    outcome = await walk(live, WRITE)
    assert outcome.entry is not None

    live.ledger.delivered(outcome.entry, "rst")

    act = live.ledger.entries[-1]
    assert outcome.entry.delivered == "rst"
    assert (act.kind, act.actor, act.tool, act.arguments) == ("act", "server", "delivery", {"entry": 1, "how": "rst"})
    assert live.world.clock.now_ns < live.first.clock.now_ns + SECOND


async def test_who_waits_for_its_turn_does_not_hold_up_the_clock() -> None:
    """An effect that waits a simulated minute inside the episode's turn, while others queue for it."""

    async def slow(call: Call, site: Site, apply: Apply) -> Reply:
        await live.waits.wait(60 * SECOND)
        return await apply(call, site)

    live = episode(state=(slow,))

    async def arrive(number: int) -> None:
        live.waits.enter()
        await walk(live, replace(WRITE, arguments={"key": str(number), "text": "v"}))
        live.waits.leave()

    async with asyncio.timeout(60):
        await asyncio.gather(*(arrive(number) for number in range(5)))

    assert live.world.clock.now_ns - live.first.clock.now_ns >= 5 * 60 * SECOND


async def test_what_waits_for_an_episode_that_ends_meanwhile_has_no_effect() -> None:
    stage = Stage()
    live = stage.open(presentation(), id="ep")
    await live.turn.acquire()
    waiting = asyncio.create_task(walk(live, WRITE))
    owner = asyncio.create_task(live.reset())
    await asyncio.sleep(0)
    entries = len(live.ledger.entries)

    stage.close("ep")
    live.turn.release()

    with pytest.raises(Ended):
        await waiting
    with pytest.raises(NotFound):
        await owner
    assert (texts(live), len(live.ledger.entries)) == ({}, entries)


async def test_a_change_that_cannot_be_settled_is_undone() -> None:
    live = episode()
    part = live.world.parts["plain"]
    settle = part.settle
    part.settle = broken  # type: ignore[method-assign]

    outcome = await walk(live, WRITE)
    part.settle = settle  # type: ignore[method-assign]

    assert (outcome.reply.failed, texts(live), live.step) == (True, {}, 0)
    assert (await walk(live, WRITE)).entry is not None
    assert texts(live) == {"k": "v"}


def broken(actor: str) -> list[Change]:
    raise OSError("no space left on device")


async def test_an_event_that_cannot_happen_breaks_no_call_and_is_noted() -> None:
    live = episode()
    live.world.agenda = Agenda().schedule(live.world.clock.now_ns, "gone", "write", {"key": "k", "text": "v"})

    outcome = await walk(live, WRITE)

    assert outcome.entry is not None
    assert (outcome.reply.failed, outcome.entry.notes) == (False, {"missed": ["event 1: there is no part 'gone'"]})
