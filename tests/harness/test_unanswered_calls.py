"""Calls that were never answered are recorded with what they did, and come to the same when an episode is replayed."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

import anyio
import httpx
import pytest

from harness.agent import Assignment
from harness.recording.origin import Origin
from harness.recording.record import read_trajectory
from harness.recording.replaying import replayed
from harness.running.begin import carry_out, new_run
from harness.running.order import Order
from harness.staging.suite import collect
from harness.trajectory import Departure, Isolation, Step, Trajectory
from sandbox_server.path import ABANDONED
from sandbox_server.waits import Waits
from tests.harness.records import assert_published_form
from tests.harness.scenes import write_scene
from worlds.clock import Mode

SCENE: Final = """
soundstage: 1
task: Look after the desk.
world:
  world: desk
  clock: 2026-03-02T09:00:00Z
  servers:
    files: {kind: filesystem, root: /w, tree: {a.txt: one}}
    shop:
      kind: sql
      imitates: sqlite
      schema: "create table orders (id integer primary key, cents integer);"
      rows: {orders: [[1, 950], [2, 300]]}
faults:
  - {name: late, where: {path: /w/late.txt}, fault: latency, phase: after, with: {fixed: 1h, cap: 1h}}
  - {name: early, where: {path: /w/early.txt}, fault: latency, with: {fixed: 1h, cap: 1h}}
  - {name: never, where: {path: /w/never.txt}, fault: timed_out, with: {waits: 1h}}
  - {name: vague, where: {path: /w/vague.txt}, fault: timed_out, phase: after, with: {waits: 1h}}
  - {name: torn, where: {path: /w/torn.txt}, fault: partial_write}
  - {name: slow, where: {path: /w/torn.txt}, fault: latency, phase: after, with: {fixed: 1h, cap: 1h}}
  - {name: lost, on: shop.write_query, nth: {every: 2}, fault: lost_answer}
  - {name: third, on: files.*, nth: {every: 3}, fault: tool_error}
success:
  there: {file: /w/a.txt, exists: true}
seeds: {world: 1}
"""
PATIENCE_SECONDS: Final = 60.0
HAPPENED: Final = {"late": True, "early": False, "never": False, "vague": True, "torn": True}
"""By the file that a call writes: whether it is written although nobody is told."""
Act = Callable[[Assignment], Coroutine[Any, Any, None]]


def write(name: str) -> tuple[str, str, dict[str, Any]]:
    return "files", "write_file", {"path": f"/w/{name}.txt", "content": f"{name} one two three"}


class Held:
    """Says when calls are held up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._seen: asyncio.Queue[None] = asyncio.Queue()
        hold = Waits.hold

        async def noted(waits: Waits, pause_ns: int) -> None:
            self._seen.put_nowait(None)
            await hold(waits, pause_ns)

        monkeypatch.setattr(Waits, "hold", noted)

    async def until(self, count: int) -> None:
        """Wait until so many more are."""
        with anyio.fail_after(PATIENCE_SECONDS):
            for _ in range(count):
                await self._seen.get()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    return Held(monkeypatch)


class Impatient:
    """Does what it is given to do, in flowing time."""

    kind = "impatient"
    spec = "impatient"
    where = "process"
    isolation: Isolation = "none"
    unrecorded: tuple[str, ...] = ()
    clock: Mode = "flowing"

    def __init__(self, act: Act) -> None:
        self._act = act

    def check(self, scenario: Any) -> None:
        """Any scenario will do."""

    async def act(self, assignment: Assignment) -> Departure:
        await self._act(assignment)
        return Departure(how="finished", answer="done")


def giving_up(held: Held, *names: str) -> Act:
    """One call after the other, each left alone while it is held up, and one more that is answered."""

    async def act(assignment: Assignment) -> None:
        for name in names:
            async with anyio.create_task_group() as calling:
                calling.start_soon(assignment.client.call, *write(name))
                await held.until(1)
                calling.cancel_scope.cancel()
            await assignment.client.call("files", "list_directory", {"path": "/w"})

    return act


def leaving(held: Held, *names: str) -> Act:
    """All calls at once over HTTP, and away while the stage still works on them."""

    async def act(assignment: Assignment) -> None:
        headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2026-07-28"}
        async with httpx.AsyncClient(timeout=None) as client, anyio.create_task_group() as calling:

            async def call(number: int, name: str) -> None:
                _, tool, arguments = write(name)
                meta = {
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientInfo": {"name": "x", "version": "1"},
                    "io.modelcontextprotocol/clientCapabilities": {},
                }
                params = {"name": tool, "arguments": arguments, "_meta": meta}
                body = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
                named = {**headers, "mcp-method": "tools/call", "mcp-name": tool}
                answer = await client.post(assignment.servers["files"], json=body, headers=named)
                raise AssertionError(answer.text)

            for number, name in enumerate(names):
                calling.start_soon(call, number, name)
            await held.until(len(names))
            calling.cancel_scope.cancel()

    return act


def played(tmp_path: Path, act: Act, where: str = "process") -> tuple[Trajectory, Any]:
    """The record of an episode, and what its replay came to."""
    scene, agent = str(write_scene(tmp_path, SCENE, "desk")), Impatient(act)
    agent.where = where
    made: Any = agent
    run = new_run(Order(collect([scene]), made, paths=(scene,)), tmp_path / "out")
    carry_out(run, heed_signals=False)
    path = tmp_path / "out/episodes/desk-1.jsonl"
    assert_published_form(path)
    trajectory = read_trajectory(path)
    assert trajectory.closing is not None and trajectory.closing.departure.how == "finished", trajectory.closing
    origin = Origin(run.prepared[0], changed=False)
    return trajectory, anyio.run(replayed, path, trajectory, origin)


def by_file(trajectory: Trajectory) -> dict[str, Step]:
    """Abandoned steps, by what they write."""
    steps = [step for step in trajectory.steps if ABANDONED in step.notes]
    return {step.action.arguments["path"][3:-4]: step for step in steps}


def assert_whole(trajectory: Trajectory, names: tuple[str, ...]) -> None:
    """Every call is there, with what it did and what it would have been told."""
    found = by_file(trajectory)
    assert set(found) == set(names)
    for name, step in found.items():
        assert not step.result and step.truth.startswith("not computed" if name == "early" else "computed"), name
        assert bool(step.effect) == bool(step.changes) == HAPPENED[name], name
        assert [rule["fired"] for rule in step.rules if rule["rule"] == f"inline/{name}"] == [True]
    assert trajectory.closing is not None
    last = max(trajectory.steps, key=lambda step: step.effect)
    assert trajectory.closing.final_digest == last.world_state_hash, "no effect is in no step"


NAMES: Final = tuple(HAPPENED)


def test_calls_that_an_agent_gave_up_in_the_middle_come_to_the_same_again(tmp_path: Path, held: Held) -> None:
    trajectory, found = played(tmp_path, giving_up(held, *NAMES))

    assert (found.mismatch, found.steps) == (None, len(trajectory.steps))
    assert_whole(trajectory, NAMES)


@pytest.mark.parametrize("names", [("late",), ("early",), ("vague",), ("torn",), NAMES], ids="+".join)
def test_calls_that_an_agent_left_behind_come_to_the_same_again(
    tmp_path: Path, held: Held, names: tuple[str, ...]
) -> None:
    trajectory, found = played(tmp_path, leaving(held, *names), where="outside")

    assert (found.mismatch, found.steps) == (None, len(trajectory.steps))
    assert_whole(trajectory, names)
