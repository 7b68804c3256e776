"""Recorded episodes come to the same again: calls beside each other, faults of all kinds, toggles in the middle."""

import asyncio
import random
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import anyio
import pytest

from fault_injection.profile import Profile, inline_profile
from harness.acting.fate import FateUnknown
from harness.agent import Assignment
from harness.recording.origin import Origin
from harness.recording.record import read_trajectory
from harness.recording.replaying import replayed
from harness.running.begin import carry_out, new_run
from harness.running.order import Order
from harness.staging.suite import collect
from harness.trajectory import Departure, Isolation, Trajectory
from sandbox_server.errors import StageError
from sandbox_server.faults.live import Live
from tests.harness.records import assert_published_form
from tests.harness.scenes import write_scene
from worlds.clock import SECOND, Mode
from worlds.errors import WorldError

DESK: Final = """
soundstage: 1
task: Look after the desk.
world:
  world: desk
  clock: 2026-03-02T09:00:00Z
  servers:
    files: {kind: filesystem, root: /w, tree: {a.txt: "one two three four", b.txt: two}}
    shop:
      kind: sql
      imitates: sqlite
      schema: "create table orders (id integer primary key, name text, cents integer);"
      rows: {orders: [[1, Ida, 950], [2, Bo, 300], [3, Cy, 20], [4, Di, 10]]}
faults:
  - {name: slow, probability: 0.6, fault: latency, with: {lognormal: {median: 300ms, p95: 4s}}}
  - {name: later, probability: 0.4, fault: latency, phase: after, with: {pareto: {least: 50ms, alpha: 1.1}, cap: 9s}}
  - {name: limit, on: shop.*, token_bucket: {rates: 3/s, size: 6, per: tool}, fault: rate_limited}
  - {name: pace, on: files.*, gcra: {rate: 8/s, early: 2s}, fault: http_status, with: {status: 429, body: json}}
  - {name: cut, probability: 0.4, fault: truncated}
  - {name: lost, probability: 0.3, works: write, fault: lost_write}
  - {name: twice, probability: 0.3, works: write, fault: applied_twice}
  - {name: stale, probability: 0.3, works: read, fault: stale_read}
  - {name: gone, probability: 0.15, fault: reset, phase: after}
  - {name: other, burst: {good: 3s, bad: 3s, p_bad: 0.5}, works: write, fault: concurrent_actor}
  - {name: whims, nth: {every: 5}, fault: tool_error, budget: {times: 9, per_tool: 3}}
success:
  there: {file: /w/a.txt, exists: true}
limits: {steps: 999}
seeds: {world: 1}
"""
AT_ONCE: Final = 64
CALLS: Final[list[tuple[str, str, dict[str, Any]]]] = [
    ("files", "read_text_file", {"path": "/w/a.txt"}),
    ("files", "write_file", {"path": "/w/a.txt", "content": "five six seven eight"}),
    ("files", "edit_file", {"path": "/w/a.txt", "edits": [{"oldText": "six", "newText": "six six"}]}),
    ("shop", "read_query", {"query": "select id, name, cents from orders"}),
    ("shop", "write_query", {"query": "update orders set cents = cents + 1 where id < 3"}),
    ("shop", "write_query", {"query": "insert into orders (name) values ('Ed')"}),
]


def toggle(faults: Live, whole: tuple[Profile, ...], number: int, now_ns: int) -> None:
    """One of the changes that an owner can make; a name that is gone by now is refused."""
    rules = [f"inline/{rule.name}" for profile in faults.profiles for rule in profile.rules] or ["inline/none"]
    name = rules[number % len(rules)]
    changes: list[Any] = [
        lambda: faults.switch(name, enabled=False),
        lambda: faults.fire(name),
        lambda: faults.patch("inline/cut", {"probability": 0.9}),
        lambda: faults.add(inline_profile([{"name": f"more{number}", "nth": 2, "fault": "tool_error"}])),
        lambda: faults.expire(name, now_ns + SECOND),
        lambda: faults.forget(),
        lambda: faults.switch(name, enabled=True),
        lambda: faults.put([]),
        lambda: faults.put(whole, seed=number),
        lambda: faults.put(whole),
    ]
    with suppress(WorldError, StageError):
        changes[number % len(changes)]()


class Crowd:
    """Makes 64 calls at once, twice, and toggles something while they are under way."""

    kind = "crowd"
    spec = "crowd"
    where = "process"
    isolation: Isolation = "none"
    unrecorded: tuple[str, ...] = ()

    def __init__(self, clock: Mode, seed: int) -> None:
        self.clock: Mode = clock
        self._seed = seed

    def check(self, scenario: Any) -> None:
        """Any scenario will do."""

    async def act(self, assignment: Assignment) -> Departure:
        """Everything at once, some turns of the loop apart, and a few calls one after the other."""
        chance = random.Random(self._seed)
        episode = assignment.client.episode
        whole = episode.faults.profiles

        async def call(number: int) -> None:
            for _ in range(chance.randint(0, 12)):
                await asyncio.sleep(0)
            try:
                await assignment.client.call(*CALLS[chance.randrange(len(CALLS))])
            except FateUnknown:
                return

        async def change() -> None:
            for _each in range(12):
                for _ in range(chance.randint(1, 9)):
                    await asyncio.sleep(0)
                toggle(episode.faults, whole, chance.randrange(900), episode.world.clock.now_ns)

        for number in range(4):
            await call(number)
        await asyncio.gather(change(), *(call(number) for number in range(AT_ONCE)))
        for number in range(4):
            await call(number)
        return Departure(how="finished", answer="done")


def recorded(tmp_path: Path, clock: Mode, seed: int) -> tuple[Path, Trajectory, Origin]:
    scene, agent = str(write_scene(tmp_path, DESK, "desk")), Crowd(clock, seed)
    made: Any = agent
    run = new_run(Order(collect([scene]), made, paths=(scene,)), tmp_path / "out")
    carry_out(run, heed_signals=False)
    path = tmp_path / "out/episodes/desk-1.jsonl"
    return path, read_trajectory(path), Origin(run.prepared[0], changed=False)


@pytest.mark.parametrize("seed", range(6))
def test_64_calls_at_once_and_toggles_among_them_come_to_the_same_again(tmp_path: Path, seed: int) -> None:
    path, trajectory, origin = recorded(tmp_path, "virtual", seed)
    assert trajectory.closing is not None and trajectory.closing.departure.how == "finished", trajectory.closing
    assert_published_form(path)
    assert not [step.notes["broke"] for step in trajectory.steps if "broke" in step.notes]

    found = anyio.run(replayed, path, trajectory, origin)

    assert (found.mismatch, found.steps) == (None, AT_ONCE + 8)
    arrivals = [step.arrival for step in trajectory.steps]
    assert arrivals != sorted(arrivals)
    effects = [step.arrival for step in sorted(trajectory.steps, key=lambda step: step.effect) if step.effect]
    assert effects != sorted(effects)
    fired = Counter(rule["fault"] for step in trajectory.steps for rule in step.rules if rule.get("fired"))
    assert len(fired) >= 6 and sum(len(step.toggles) for step in trajectory.steps) > 6
