"""Blame of episodes whose faults were toggled meanwhile, or of which very many fired."""

import json
from pathlib import Path
from typing import Any, Final

import anyio
import pytest

from fault_injection.profile import inline_profile
from harness.acting.client import Client
from harness.agent import Assignment
from harness.proving.shrinking import shrunk
from harness.recording.record import read_trajectory
from harness.running.begin import carry_out, new_run
from harness.running.order import Order
from harness.staging.suite import collect
from harness.trajectory import Departure, Isolation
from sandbox_server.faults.live import Live
from tests.harness.command import Command
from tests.harness.scenes import write_scene
from worlds.clock import Mode

BANK: Final = """
soundstage: 1
task: Give account 1 ten points.
world:
  world: bank
  servers:
    bank:
      kind: sql
      schema: |
        create table accounts (id integer primary key, points integer);
        insert into accounts values (1, 5);
faults:
  - {name: slow, on: bank.read_query, fault: latency, with: {fixed: 10ms}}
success:
  once: {sql: "select points from bank.accounts where id = 1", is: 15}
seeds: {world: 1}
limits: {steps: 1000}
reference:
  - bank.write_query: {query: update accounts set points = points + 10 where id = 1}
"""
WRITE: Final = {"query": "update accounts set points = points + 10 where id = 1"}
READ: Final = {"query": "select points from accounts"}


class Meddled:
    """Calls, while an owner toggles what goes wrong."""

    kind = "meddled"
    spec = "meddled"
    clock: Mode = "virtual"
    where = "process"
    isolation: Isolation = "none"
    unrecorded: tuple[str, ...] = ()

    def __init__(self, reads: int = 1, toggled: str = "put") -> None:
        self.reads = reads
        self.toggled = toggled

    def check(self, scenario: Any) -> None:
        """Any scenario will do."""

    async def act(self, assignment: Assignment) -> Departure:
        """Read often, then write what is lost because of what was toggled in between."""
        client = assignment.client
        for number in range(self.reads):
            await client.call("bank", "read_query", {"query": f"select {number}"})
        await self._meddle(client.episode.faults, client)
        await client.call("bank", "write_query", WRITE)
        await client.call("bank", "read_query", READ)
        return Departure(how="finished", answer="done")

    async def _meddle(self, faults: Live, client: Client) -> None:
        lost = inline_profile([{"name": "lost", "on": "bank.write_query", "fault": "lost_write", "nth": 1}])
        if self.toggled == "add":
            faults.add(lost)
        elif self.toggled == "put":
            faults.put([lost])
        else:
            never = {"name": "lost", "on": "bank.write_query", "fault": "lost_write", "nth": 99}
            faults.add(inline_profile([never]))
            await client.call("bank", "read_query", READ)
            faults.forget()
            faults.fire("inline/lost")
            faults.expire("inline/slow", 1)


def recorded(folder: Path, agent: Meddled, text: str = BANK) -> Path:
    """The trajectory of an episode that the agent plays."""
    scene = str(write_scene(folder, text, "bank"))
    played: Any = agent
    run = new_run(Order(collect([scene]), played, paths=(scene,)), folder / "out")
    carry_out(run, heed_signals=False)
    return folder / "out/episodes/bank-1.jsonl"


@pytest.mark.parametrize("toggled", ["put", "add", "fire"])
def test_what_was_toggled_meanwhile_can_be_to_blame(soundstage: Command, tmp_path: Path, toggled: str) -> None:
    path = recorded(tmp_path, Meddled(toggled=toggled))
    told = json.loads(soundstage("blame", path, "--json").out)

    assert any(step.toggles for step in read_trajectory(path).steps)
    assert (told["with_all"], told["without_all"], told["blame"]) == ("failure", "success", "fault")
    assert [each["rule"] for each in told["smallest"]] == ["inline/lost"]
    assert [each["rule"] for each in told["removed"] if each["flips"]] == ["inline/lost"]
    assert (told["played_by"], told["untried"], told["is_least"]) == ("the recorded calls", 0, True)


def test_very_many_firings_are_taken_apart_within_bounds_and_what_was_not_tried_is_said(
    soundstage: Command, tmp_path: Path
) -> None:
    path = recorded(tmp_path, Meddled(reads=90, toggled="add"))
    few = json.loads(soundstage("blame", path, "--plays", "40", "--json").out)
    shown = soundstage("blame", path, "--plays", "40").out
    least = json.loads(soundstage("blame", path, "--plays", "4", "--json").out)

    assert [each["rule"] for each in few["smallest"]] == ["inline/lost"] and few["is_least"]
    assert few["played"] <= 40 and few["untried"] == 92 - len(few["removed"]) > 0
    assert [each["rule"] for each in few["removed"] if each["flips"]] == ["inline/lost"]
    assert f"each of {few['untried']} others" in shown
    assert (least["played"], least["is_least"], least["blame"]) == (4, False, "fault")
    assert 1 < len(least["smallest"]) <= 92


def test_shrinking_stops_after_so_many_tries() -> None:
    asked: list[int] = []

    async def does(part: Any) -> bool:
        asked.append(len(part))
        return {3, 77} <= set(part)

    found = anyio.run(shrunk, list(range(100)), does, 5)

    assert len(asked) == 5 and not found.is_least and {3, 77} <= set(found.kept)


def test_agents_that_fail_under_toggled_faults_without_them_too_are_to_blame(
    soundstage: Command, tmp_path: Path
) -> None:
    text = BANK.replace("is: 15", "is: 16")
    told = json.loads(soundstage("blame", recorded(tmp_path, Meddled(), text), "--json").out)

    assert (told["blame"], told["without_all"]) == ("agent", "failure")


LOCKED: Final = BANK.replace(
    "{name: slow, on: bank.read_query, fault: latency, with: {fixed: 10ms}}",
    "{name: locked, on: bank.read_query, fault: tool_error}",
).replace(
    "reference:\n", "reference:\n  - bank.read_query: {query: select 1}\n  - bank.read_query: {query: select 2}\n"
)  # fmt: skip
"""Every read fails, and the reference reads twice before it writes."""


def test_without_any_fault_nothing_hits_whoever_gets_further_than_before(soundstage: Command, tmp_path: Path) -> None:
    scene = write_scene(tmp_path, LOCKED, "bank")
    soundstage("run", scene, "--agent", "script:reference", "--out", tmp_path / "out")
    found = json.loads(soundstage("blame", tmp_path / "out/episodes/bank-1.jsonl", "--json").out)

    assert (found["played_by"], found["with_all"], found["without_all"]) == ("script:reference", "failure", "success")
    assert found["blame"] == "fault"
    assert [(each["rule"], each["step"]) for each in found["smallest"]] == [("inline/locked", 1)]


class Deserter(Meddled):
    """Leaves at the first failure."""

    async def act(self, assignment: Assignment) -> Departure:
        """One call, which fails."""
        await assignment.client.call("bank", "read_query", READ)
        return Departure(how="finished", answer="It does not work.")


def test_nobody_is_blamed_for_calls_that_a_fault_ended(soundstage: Command, tmp_path: Path) -> None:
    found = json.loads(soundstage("blame", recorded(tmp_path, Deserter(), LOCKED), "--json").out)

    assert (found["with_all"], found["without_all"]) == ("failure", "failure")
    assert (found["blame"], found["why"]) == (
        "unclear", "its calls end at a fault; nobody knows what it would have done next"
    )  # fmt: skip
