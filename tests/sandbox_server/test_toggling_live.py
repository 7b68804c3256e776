"""Faults toggled at random over the admin API while 64 episodes are called over HTTP, and every ledger played again."""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import pytest

from fault_injection.profile import find_profile, library_names, profile_in
from harness.acting.client import Client
from harness.recording.toggling import toggle_again
from sandbox_server.admin.app import admin_app
from sandbox_server.admin.control import Control
from sandbox_server.admin.worlds import Presentations
from sandbox_server.carriers.agents import Agents
from sandbox_server.carriers.http import Listener
from sandbox_server.episode import Episode
from sandbox_server.ledger import Entry
from sandbox_server.stage import Stage
from tests.sandbox_server.test_faults_of_state import DESK, opened, tried
from tests.sandbox_server.wire import modern, send

pytestmark = pytest.mark.anyio
EPISODES: Final = 64
CALLS: Final = 8
TOGGLES: Final = 5
OWNER: Final = "owners-token"
CHANGED: Final = (200, 201)
UNSEEN: Final = frozenset(("real_ms", "number", "arrival", "effect", "delivered", "version", "notes"))
"""What the second playing, inside of the process, does not repeat."""


def loud(name: str) -> dict[str, Any]:
    """A built-in profile whose rules fire more often."""
    written = find_profile(name).to_json()
    rules = [{**rule, **({"probability": 0.25} if "probability" in rule else {})} for rule in written["rules"]]
    return {**written, "rules": rules}


LOUD: Final = [loud(name) for name in library_names()]


@asynccontextmanager
async def house() -> AsyncIterator[tuple[Stage, int, httpx.AsyncClient]]:
    """A stage with 64 episodes, its agents' port and its owner's client."""
    stage = Stage()
    for number in range(EPISODES):
        episode = stage.open(DESK, id=f"e{number}", token=f"agent-{number}")
        episode.faults.put([profile_in(written) for written in random.Random(number).sample(LOUD, 4)], seed=number)
    control = Control(stage, "", Presentations(None))
    async with Listener(Agents(stage)) as agents, Listener(admin_app(control, OWNER)) as admin:
        headers = {"authorization": f"Bearer {OWNER}"}
        async with httpx.AsyncClient(base_url=f"{admin.url}/admin/v1", headers=headers, timeout=120) as client:
            yield stage, agents.port, client
        control.stopping.set()
    stage.close_all()


def asked(chance: random.Random, number: int) -> tuple[str, str, dict[str, Any]]:
    """A call of one episode's agent; what it writes says whose it is."""
    mark = f"mark-{number}-"
    return chance.choice([
        ("files", "write_file", {"path": "/w/a.txt", "content": mark * chance.randint(1, 9)}),
        ("files", "read_text_file", {"path": "/w/a.txt"}),
        ("shop", "read_query", {"query": "select id, name, cents from orders order by id"}),
        ("shop", "write_query", {"query": f"update orders set name = '{mark}' where id = {chance.randint(1, 4)}"}),
    ])  # fmt: skip


async def call_all(port: int, number: int) -> None:
    """One agent after its own calls; a broken answer is for the next one to get over."""
    chance = random.Random(number)
    for _ in range(CALLS):
        server, tool, arguments = asked(chance, number)
        body, headers = modern("tools/call", {"name": tool, "arguments": arguments})
        await send(port, f"/agent-{number}/{server}/mcp", body, headers)


def change(chance: random.Random, present: Any) -> tuple[str, str, Any]:
    """Something that an owner may do next."""
    rules = [rule["name"] for profile in present["profiles"] for rule in profile["rules"]]
    profiles = [profile["name"] for profile in present["profiles"]]
    whole = chance.sample(LOUD, 4)
    ways: list[tuple[str, str, Any]] = [
        ("PUT", "", {"profiles": whole, "seed": chance.randint(0, 99)}),
        ("POST", "", {"rules": [{"name": f"r{chance.randint(0, 10**9)}", "nth": 2, "fault": "tool_error"}]}),
        ("POST", "/reset", {}),
    ]
    if rules:
        rule = chance.choice(rules)
        ways += [
            ("PATCH", "", {"name": rule, "enabled": chance.random() < 0.5}),
            ("PATCH", "", {"name": rule, "patch": {"probability": round(chance.uniform(0.2, 0.9), 2)}}),
            ("PATCH", "", {"name": chance.choice([rule, *profiles]), "expires_in": chance.choice([0, 5, "1m"])}),
            ("POST", "/fire", {"rule": rule}),
        ]
    return chance.choice(ways)


async def toggle_all(owner: httpx.AsyncClient, number: int) -> list[int]:
    """One owner's changes, each with the ETag of what was seen, now and then a stale one; the answers' statuses."""
    chance, statuses, stale = random.Random(1_000 + number), [], ""
    for _ in range(TOGGLES):
        seen = await owner.get(f"/episodes/e{number}/faults")
        fresh = seen.headers["etag"]
        verb, path, body = change(chance, seen.json())
        late = bool(stale) and stale != fresh and chance.random() < 0.3
        headers = {"if-match": stale if late else fresh}
        answer = await owner.request(verb, f"/episodes/e{number}/faults{path}", json=body, headers=headers)
        assert (answer.status_code == 412) is late, answer.text
        is_refused = path == "/fire" and answer.status_code == 422  # the rule is off, or has ended meanwhile
        assert late or is_refused or answer.status_code in CHANGED, answer.text
        statuses.append(answer.status_code)
        stale = fresh
    return statuses


def shown(entries: list[Entry], first: list[Entry]) -> list[Mapping[str, Any]]:
    """What was decided, told and true of each call, in the order of arrival.

    Where the answer did not simply arrive in the first playing, whom a fault reached is not asked: nothing travels when
    it is played again inside of the process.
    """
    calls = sorted((entry for entry in entries if entry.kind == "call"), key=lambda entry: entry.arrival)
    broken = {entry.arrival for entry in first if entry.kind == "call" and entry.delivered != "ok"}
    return [_repeated(call, whole=call.arrival not in broken) for call in calls]


def _repeated(entry: Entry, *, whole: bool) -> Mapping[str, Any]:
    call = entry.to_json()
    rules = [{key: value for key, value in each.items() if whole or key != "ends_at"} for each in call.get("rules", ())]
    return {key: value for key, value in call.items() if key not in UNSEEN} | {"rules": rules}


async def played_again(stage: Stage, episode: Episode) -> Episode:
    """Another episode after one's ledger: its calls, and what was toggled before each arrived."""
    again = stage.open(DESK, id=f"{episode.id}-again")
    client = Client(again)
    for entry in sorted(episode.ledger.entries, key=lambda entry: (entry.arrival, entry.kind == "act", entry.number)):
        if entry.kind == "call":
            await tried(client, (entry.server, entry.tool, entry.arguments))
        elif entry.tool == "faults":
            toggle_again(again.faults, entry.arguments)
    return again


async def test_what_is_toggled_at_random_crashes_nothing_mixes_nothing_and_replays() -> None:
    async with house() as (stage, port, owner):
        calling = [call_all(port, number) for number in range(EPISODES)]
        toggling = [toggle_all(owner, number) for number in range(EPISODES)]
        *_, statuses = await asyncio.gather(asyncio.gather(*calling), asyncio.gather(*toggling))
        episodes = [stage.episode(f"e{number}") for number in range(EPISODES)]
        for number, episode in enumerate(episodes):
            calls = [entry for entry in episode.ledger.entries if entry.kind == "call"]
            broke = [entry.notes["broke"] for entry in calls if "broke" in entry.notes]
            marks = set(re.findall("mark-([0-9]+)-", str([entry.to_json() for entry in calls])))
            assert (len(calls), broke) == (CALLS, [])
            assert marks <= {str(number)}
            again = await played_again(stage, episode)
            first = episode.ledger.entries
            assert shown(again.ledger.entries, first) == shown(first, first), number

    flat = [status for each in statuses for status in each]
    assert flat.count(412) > 5 and flat.count(200) > 50
    fired = [rule for each in episodes for entry in each.ledger.entries for rule in entry.rules if rule["fired"]]
    assert len({rule["fault"] for rule in fired}) > 12


def test_what_was_off_or_ended_beside_others_is_so_when_toggled_again() -> None:
    """As where a `with faults.during(...)` comes to its end."""
    first, second = (opened({"fault": "tool_error"})[0] for _ in range(2))
    faults = first.faults
    faults.switch("inline", enabled=False)
    faults.add(profile_in({"profile": "short", "rules": [{"name": "r", "fault": "tool_error"}]}), expires_ns=5)
    faults.expire("short/r", 4)
    before = faults.profiles
    faults.add(find_profile("calm"))
    faults.put(before)
    for entry in first.ledger.entries:
        if entry.kind == "act" and entry.tool == "faults":
            toggle_again(second.faults, entry.arguments)

    def standing(episode: Episode) -> list[Any]:
        return [(each.enabled, each.expires_ns, each.rules[0].expires_ns) for each in episode.faults.profiles]

    assert standing(second) == standing(first) == [(False, None, None), (True, 5, 4)]
