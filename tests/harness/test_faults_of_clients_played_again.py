"""What a real client met over HTTP comes to the same again: connections that break, tools that are renamed."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Literal

import anyio
import orjson
import pytest
from mcp import Client, MCPError

from harness.agent import Assignment
from harness.recording.origin import Origin
from harness.recording.record import read_trajectory
from harness.recording.replaying import replayed
from harness.running.begin import carry_out, new_run
from harness.running.order import Order
from harness.staging.suite import collect
from harness.trajectory import Departure, Isolation, Trajectory
from tests.harness.records import assert_published_form
from tests.harness.scenes import write_scene
from worlds.clock import Mode

SCENE: Final = """
soundstage: 1
task: Write notes.
world:
  world: pad
  clock: 2026-03-02T09:00:00Z
  servers: {files: {kind: filesystem, root: /w, tree: {a.txt: one}}}
faults: %s
success: {there: {file: /w/a.txt, exists: true}}
limits: {steps: 90, minutes: 10}
seeds: {world: 1}
"""
CALLS: Final = 24
BROKEN: Final[Mapping[str, dict[str, Any]]] = {
    "reset": {"fault": "reset"},
    "reset in the body": {"fault": "reset", "with": {"at": "body"}},
    "closed": {"fault": "closed"},
    "short body": {"fault": "short_body", "with": {"share": 0.5}},
}
WITHIN: Final = {"reset in the body", "short body"}
"""Of an answer, which there is only after the call."""
RENAMED: Final = {
    "name": "renamed", "on": "files.write_file", "nth": 3, "phase": "after", "fault": "list_changed",
    "with": {"name": "store_file", "arguments": {"path": "at"}},
}  # fmt: skip
RULES: Final[list[dict[str, Any]]] = [
    {"name": "flaky", "on": "files.write_file", "probability": 0.4, "fault": "tool_error"},
    {"name": "cut", "on": "files.read_text_file", "probability": 0.4, "fault": "truncated"},
    {"name": "busy", "on": "files.*", "nth": {"every": 5}, "fault": "rpc_error",
     "with": {"code": -32000, "message": "Busy"}},
]  # fmt: skip


class Hardy:
    """Writes and reads in turn with the SDK's client, opens another one when it dies, and lists after each failure."""

    kind = "hardy"
    spec = "hardy"
    clock: Mode = "flowing"
    where: Literal["process", "outside"] = "outside"
    isolation: Isolation = "none"
    unrecorded: tuple[str, ...] = ()

    def __init__(self, mode: str = "auto") -> None:
        self._mode: Any = mode

    def check(self, scenario: Any) -> None:
        """Any scenario will do."""

    async def act(self, assignment: Assignment) -> Departure:
        """All calls, each once."""
        todo = list(range(CALLS))
        while todo:
            with suppress(BaseExceptionGroup):
                async with Client(assignment.servers["files"], mode=self._mode, read_timeout_seconds=60.0) as client:
                    while todo:
                        await self._call(client, todo.pop(0))
        return Departure(how="finished", answer="done")

    async def _call(self, client: Client, number: int) -> None:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        if number % 2:
            given: dict[str, Any] = {"path": "/w/a.txt"}
            tool = "read_text_file"
        else:
            tool, where = ("store_file", "at") if "store_file" in tools else ("write_file", "path")
            given = {where: "/w/a.txt", "content": f"some words and number {number}"}
        with suppress(MCPError):
            await client.call_tool(tool, given)


def recorded(folder: Path, rules: list[dict[str, Any]], mode: str = "auto") -> tuple[Path, Trajectory, Origin]:
    """An episode under some rules, complete and in the published form."""
    folder.mkdir(exist_ok=True)
    scene, agent = str(write_scene(folder, SCENE % orjson.dumps(rules).decode(), "pad")), Hardy(mode)
    made: Any = agent
    run = new_run(Order(collect([scene]), made, paths=(scene,)), folder / "out")
    carry_out(run, heed_signals=False)
    path = folder / "out/episodes/pad-1.jsonl"
    trajectory = read_trajectory(path)
    assert_published_form(path)
    assert trajectory.closing is not None and trajectory.closing.departure.how == "finished", trajectory.closing
    return path, trajectory, Origin(run.prepared[0], changed=False)


def fired(trajectory: Trajectory, *rules: str) -> list[tuple[int, str]]:
    """At which calls which of these rules fired."""
    return [
        (step.step_number, str(rule["rule"]))
        for step in trajectory.steps for rule in step.rules
        if rule["fired"] and rule["rule"] in {f"inline/{name}" for name in rules}
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize(
    ("name", "phase"), [(name, phase) for name in BROKEN for phase in ("before", "after")[name in WITHIN :]]
)
def test_connections_that_break_under_a_client_break_again(tmp_path: Path, name: str, phase: str, mode: str) -> None:
    rule = {"name": "broken", "probability": 0.3, "phase": phase, **BROKEN[name]}
    path, trajectory, origin = recorded(tmp_path, [rule], mode)

    found = anyio.run(replayed, path, trajectory, origin)

    assert (found.mismatch, found.steps) == (None, CALLS)
    assert 2 < len(fired(trajectory, "broken")) < CALLS - 2
    lost = [step for step in trajectory.steps if not step.result or "wire" in step.notes]
    assert [step.step_number for step in lost] == [number for number, _ in fired(trajectory, "broken")]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_rules_fire_at_the_same_calls_where_a_tool_is_renamed(tmp_path: Path, mode: str) -> None:
    _, plain, _ = recorded(tmp_path / "plain", RULES, mode)
    path, renamed, origin = recorded(tmp_path / "renamed", [*RULES, RENAMED], mode)
    names = [str(rule["name"]) for rule in RULES]

    assert len(plain.steps) == len(renamed.steps) == CALLS
    assert fired(plain, *names) == fired(renamed, *names)
    assert {rule for _, rule in fired(plain, *names)} == {f"inline/{name}" for name in names}
    assert len(fired(renamed, "renamed")) == 1
    assert {step.action.tool for step in renamed.steps} == {"write_file", "read_text_file"}
    called = [step.notes["called"]["tool"] for step in renamed.steps if "called" in step.notes]
    assert called == ["store_file"] * len(called) and len(called) > CALLS / 4

    found = anyio.run(replayed, path, renamed, origin)

    assert (found.mismatch, found.steps) == (None, CALLS)
