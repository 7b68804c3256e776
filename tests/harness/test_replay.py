"""Recorded episodes come to the same bytes and digests when they are played again."""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, Literal

import anyio
import orjson
import pytest
from mcp import Client, MCPError

from harness.agent import Agent, Assignment, find_agent
from harness.recording.origin import Origin, origin_of
from harness.recording.record import read_trajectory
from harness.recording.replaying import replayed
from harness.recording.rewind import Rewind
from harness.running.begin import carry_out, new_run
from harness.running.order import Order
from harness.scenario import Scenario
from harness.staging.script import Call
from harness.staging.suite import collect, suite_names
from harness.trajectory import Departure, Isolation
from tests.harness.agents import agent as command_agent
from tests.harness.command import Command
from tests.harness.records import assert_published_form
from tests.harness.scenes import write_scene
from tests.harness.test_rewind import BUSY, recorded
from worlds.clock import Mode


class WireAgent:
    """Makes a scenario's reference calls over HTTP with the SDK's client, in turn or all at once."""

    kind = "wire"
    clock: Mode = "flowing"
    where: Literal["process", "outside"] = "outside"
    isolation: Isolation = "none"
    unrecorded: tuple[str, ...] = ()

    def __init__(self, mode: str, *, at_once: bool) -> None:
        self.spec = f"wire:{mode}"
        self._mode: Any = mode
        self._at_once = at_once

    def check(self, scenario: Scenario) -> None:
        """Any scenario will do."""

    async def act(self, assignment: Assignment) -> Departure:
        """Call until nothing is left to call."""
        calls = [line for line in assignment.scenario.reference if isinstance(line, Call)]
        async with AsyncExitStack() as stack:
            clients = {
                name: await stack.enter_async_context(Client(url, mode=self._mode))
                for name, url in assignment.servers.items()
            }
            waiting: list[Awaitable[Any]] = [
                _answered(clients[line.server].call_tool(line.tool, dict(line.arguments))) for line in calls
            ]
            if self._at_once:
                await asyncio.gather(*waiting)
            else:
                for each in waiting:
                    await each
        return Departure(how="finished")


async def _answered(call: Awaitable[Any]) -> None:
    """What the servers refuse, a gateway before them included, keeps nobody from going on."""
    with suppress(MCPError):
        await call


AGENTS: dict[str, Agent] = {
    "script": find_agent("script:reference"),
    "sdk": WireAgent("auto", at_once=False),
    "sdk at once": WireAgent("legacy", at_once=True),
}


SHARES = {"script": slice(2, None, 3), "sdk": slice(1, None, 3), "sdk at once": slice(0, None, 3)}
"""Each is played by somebody, and no way of playing them is left out: they make the same calls."""


@pytest.mark.parametrize("name", AGENTS)
def test_every_built_in_scenario_comes_to_the_same_again(name: str, tmp_path: Path) -> None:
    scenarios = collect(suite_names())
    scenarios = scenarios[SHARES[name]]
    run = new_run(Order(scenarios, AGENTS[name], parallel=4, paths=tuple(suite_names())), tmp_path / "out")
    carry_out(run, heed_signals=False)
    built = {prepared.scenario.name: Origin(prepared, changed=False) for prepared in run.prepared}

    paths = sorted((tmp_path / "out/episodes").glob("*.jsonl"))
    assert len(paths) == len(scenarios)
    for path in paths:
        assert_published_form(path)
        trajectory = read_trajectory(path)
        assert trajectory.closing is not None
        assert trajectory.closing.departure.how == "finished", trajectory.closing.note
        origin = built[trajectory.opening.scenario] if name != "script" else origin_of(path, trajectory)
        found = anyio.run(replayed, path, trajectory, origin)
        assert (found.mismatch, found.steps) == (None, len(trajectory.steps)), path.name
        assert_kept(path)


def assert_kept(path: Path) -> None:
    """After each answer the kept world is the one that the latest effect so far had left."""
    rewind, latest = Rewind(path), (0, read_trajectory(path).opening.start_digest)
    for step in rewind.trajectory.steps:
        latest = max(latest, (step.effect, step.world_state_hash)) if step.effect else latest
        assert rewind.at(step.step_number).content_digest().hex() == latest[1]
    rewind.close()


@pytest.mark.parametrize("after", range(11))
def test_a_replay_can_start_in_any_state_that_was_kept(soundstage: Command, tmp_path: Path, after: int) -> None:
    ran = soundstage("replay", recorded(soundstage, tmp_path), "--from", after, "--json")

    assert ran.status == 0, ran.out
    told = orjson.loads(ran.out)
    assert told["same"] is True
    assert told["from"] == {4: 2, 3: 2, 10: 9}.get(after, after)
    assert told["from"] + told["steps"] == 10


@pytest.mark.parametrize(
    ("old", "new", "kind", "step"),
    [
        (b"Successfully wrote", b"Successfully read", "result", 1),
        (b'"world_state_hash":"', b'"world_state_hash":"00', "state", 1),
        (b'"arguments":{"query":"delete from t', b'"arguments":{"query":"delete from x', "result", 8),
        (b'"start_digest":"', b'"start_digest":"00', "start", 0),
        (b'"server":"lake"', b'"server":"pond"', "server", 4),
    ],
)
def test_the_first_mismatch_is_told(
    soundstage: Command, tmp_path: Path, old: bytes, new: bytes, kind: str, step: int
) -> None:
    path = recorded(soundstage, tmp_path)
    path.write_bytes(path.read_bytes().replace(old, new, 1))

    ran = soundstage("replay", path, "--json")

    assert ran.status == 1
    found = orjson.loads(ran.out)["mismatch"]
    assert (found["kind"], found["step"]) == (kind, step)
    assert found["expected"] != found["got"]
    assert soundstage("replay", path).out.count("expected") == 1


def test_a_scenario_that_was_changed_since_is_named(soundstage: Command, tmp_path: Path) -> None:
    path = recorded(soundstage, tmp_path)
    write_scene(tmp_path, BUSY.replace("a bit of everything", "nearly everything"), "busy")

    ran = soundstage("replay", path)
    assert ran.status == 0
    assert "has changed since" in ran.out

    write_scene(tmp_path, BUSY.replace("a.txt: one", "a.txt: another"), "busy")
    assert orjson.loads(soundstage("replay", path, "--json").out)["mismatch"]["kind"] == "start"


def test_a_trajectory_without_its_run_needs_its_scenario(soundstage: Command, tmp_path: Path) -> None:
    path = recorded(soundstage, tmp_path)
    alone = tmp_path / "alone.jsonl"
    alone.write_bytes(path.read_bytes())

    refused = soundstage("replay", alone)
    assert refused.status == 2
    assert "--scenario" in refused.err
    assert soundstage("replay", alone, "--scenario", "busy.yaml").status == 0


def test_another_agent_goes_on_from_a_step(soundstage: Command, tmp_path: Path) -> None:
    path = recorded(soundstage, tmp_path)
    (tmp_path / "rest.yaml").write_text(
        '- shop.write_query: {query: "update t set n = 9 where id = 1"}\n'
        '- shop.read_query: {query: "select n from t"}\n'
    )

    ran = soundstage("replay", path, "--from", 4, "--agent", "script:rest.yaml", "--out", "next", "--json")

    assert ran.status == 1
    told = orjson.loads(ran.out)
    one, other = read_trajectory(path), read_trajectory(tmp_path / "next/episodes/busy-1.jsonl")
    assert other.opening.parent is not None
    assert (
        told["parent"] == other.opening.parent.model_dump() == {"trajectory_id": one.opening.trajectory_id, "step": 4}
    )
    assert other.opening.trajectory_id != one.opening.trajectory_id
    assert other.opening.agent.spec == "script:rest.yaml"
    assert len(other.steps) == 6
    free = {"real_ms"}
    assert [s.model_dump(exclude=free) for s in other.steps[:4]] == [s.model_dump(exclude=free) for s in one.steps[:4]]
    assert other.steps[5].result["result"]["content"][0]["text"] == "[{'n': 9}, {'n': 2}]"
    assert soundstage("replay", tmp_path / "next/episodes/busy-1.jsonl").status == 0
    assert "diff" in soundstage("--help").out
    compared = orjson.loads(soundstage("diff", path, "next/episodes/busy-1.jsonl", "--json").out)
    assert (compared["divergence"]["step"], compared["divergence"]["kind"]) == (5, "action")


def test_an_agent_from_outside_goes_on_in_flowing_time(soundstage: Command, tmp_path: Path) -> None:
    path = recorded(soundstage, tmp_path)
    spec = command_agent(tmp_path, "call('write_file', path='/workspace/more.txt', content='more')\nanswer('did')\n")

    ran = soundstage("replay", path, "--from", 10, "--agent", spec, "--out", "next")

    assert ran.status == 0, ran.out + ran.err
    other = read_trajectory(tmp_path / "next/episodes/busy-1.jsonl")
    assert len(other.steps) == 11
    assert other.steps[10].world_time > other.steps[9].world_time
    assert soundstage("replay", tmp_path / "next/episodes/busy-1.jsonl").status == 0


def test_a_recording_can_be_an_agent_of_its_own(soundstage: Command, tmp_path: Path) -> None:
    path = recorded(soundstage, tmp_path)

    ran = soundstage("run", "busy.yaml", "--agent", f"replay:{path}", "--out", "again")

    assert ran.status == 0, ran.out + ran.err
    one, other = read_trajectory(path), read_trajectory(tmp_path / "again/episodes/busy-1.jsonl")
    assert [step.result for step in one.steps] == [step.result for step in other.steps]
    assert other.closing is not None
    assert other.closing.departure.note == ""


def test_a_recording_on_another_world_notes_where_it_parts(soundstage: Command, tmp_path: Path) -> None:
    path = recorded(soundstage, tmp_path)
    write_scene(tmp_path, BUSY.replace("(2, 2)", "(2, 5)"), "else")

    soundstage("run", "else.yaml", "--agent", f"replay:{path}", "--out", "again")

    closing = read_trajectory(tmp_path / "again/episodes/else-1.jsonl").closing
    assert closing is not None
    assert closing.departure.note == "step 3 was answered differently than when it was recorded"


def test_recordings_that_cannot_be_played_are_refused(soundstage: Command, tmp_path: Path) -> None:
    path = recorded(soundstage, tmp_path)
    write_scene(tmp_path)

    assert "has no server" in soundstage("run", "note.yaml", "--agent", f"replay:{path}").err
    assert "there is no trajectory" in soundstage("run", "note.yaml", "--agent", "replay:nothing").err
    assert "known: 0-10" in soundstage("replay", path, "--from", 11).err
    assert "known: 0-10" in soundstage("replay", path, "--from", 11, "--agent", "script:nothing").err
