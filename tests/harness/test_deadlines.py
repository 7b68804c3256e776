"""Episodes that do not come back: the run gives them up, says whose fault it was, and ends itself."""

import json
import re
from pathlib import Path
from typing import Any, Literal

import anyio
import pytest

from harness import episode
from harness.agent import Assignment
from harness.recording.record import read_trajectory
from harness.running.begin import carry_out, new_run
from harness.running.order import Order
from harness.scenario import Scenario
from harness.staging.suite import collect
from harness.trajectory import Departure, Isolation
from tests.harness.command import start
from tests.harness.scenes import NOTE, write_scene
from worlds.clock import Mode

PATIENCE_S = 300.0
PLAYED_MINUTES, OVER_MINUTES = 0.1, 0.02
"""Deadlines that come after an episode was played and left to be judged, and at any moment."""
NEVER = """
import time

def never(evidence):
    while evidence.steps:
        time.sleep(0.1)
    return True
"""
ENGINES = pytest.mark.parametrize("words", [[], ["--engine", "processes", "--retries", 0]], ids=["here", "processes"])


def write_unending(folder: Path) -> Path:
    """A scenario with a check that never returns once the agent has made a call."""
    (folder / "mine.py").write_text(NEVER)
    return write_scene(folder, NOTE.replace("success:\n", 'success:\n  mine: {python: "mine.py:never"}\n'))


def ended(folder: Path, deadline_minutes: float, *words: object) -> Any:
    """What a run with a short deadline says when it has ended by itself."""
    run = start(folder, "run", *words, "--deadline", deadline_minutes, "--json")
    out, err = run.communicate(timeout=PATIENCE_S)
    assert out, err
    return json.loads(out)


@ENGINES
def test_a_check_that_never_returns_costs_its_episode_and_not_the_run(tmp_path: Path, words: list[Any]) -> None:
    scene = write_unending(tmp_path)

    told = ended(tmp_path, PLAYED_MINUTES, scene, "--agent", "script:reference", "--out", "out", *words)

    assert (told["ended"], told["blame"]) == (1, {"infrastructure": 1})
    (one,) = told["scenarios"][0]["episodes"]
    assert one["note"].startswith(f"it had not come back after {PLAYED_MINUTES} minutes")
    assert one["steps"] == 2


def test_judging_what_an_earlier_run_left_has_the_same_deadline(tmp_path: Path) -> None:
    scene = write_unending(tmp_path)
    ended(tmp_path, PLAYED_MINUTES, scene, "--agent", "script:reference", "--out", "out")
    record, manifest = tmp_path / "out/episodes/note-1.jsonl", tmp_path / "out/manifest.json"
    record.write_text("".join(record.read_text().splitlines(keepends=True)[:-1]))
    manifest.write_text(re.sub('"status": ?"finished"', '"status":"interrupted"', manifest.read_text()))

    assert json.loads(record.read_text().splitlines()[-1])["record"] == "left"
    assert ended(tmp_path, OVER_MINUTES, "--resume", "out")["blame"] == {"infrastructure": 1}


class SlowStarter:
    """Is launched only after its minutes would have been over, and then hands in at once or stays for ever."""

    kind = "slow"
    spec = "slow"
    clock: Mode = "flowing"
    where: Literal["process", "outside"] = "outside"
    isolation: Isolation = "none"
    unrecorded: tuple[str, ...] = ()
    is_launched = True

    def __init__(self, *, stays: bool) -> None:
        self._stays = stays

    def check(self, scenario: Scenario) -> None:
        """Any scenario will do."""

    async def act(self, assignment: Assignment) -> Departure:
        """Start slowly."""
        await anyio.sleep(120 * assignment.scenario.limits.minutes)
        assert assignment.begun is not None
        assignment.begun()
        if self._stays:
            await anyio.sleep_forever()
        return Departure(how="finished")


@pytest.mark.parametrize(("stays", "how"), [(False, "finished"), (True, "minutes")])
def test_the_minutes_of_an_agent_begin_once_it_is_started(tmp_path: Path, stays: bool, how: str) -> None:
    scenarios = collect([str(write_scene(tmp_path, NOTE.replace("minutes: 10", "minutes: 0.002")))])
    run = new_run(Order(scenarios, SlowStarter(stays=stays)), tmp_path / "out")

    carry_out(run, heed_signals=False)

    closing = read_trajectory(tmp_path / "out/episodes/note-1.jsonl").closing
    assert closing is not None and closing.departure.how == how


def test_an_agent_that_is_never_started_is_not_blamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(episode, "START_SECONDS_MAX", 0.05)
    scenarios = collect([str(write_scene(tmp_path, NOTE))])

    carry_out(new_run(Order(scenarios, SlowStarter(stays=True)), tmp_path / "out"), heed_signals=False)

    closing = read_trajectory(tmp_path / "out/episodes/note-1.jsonl").closing
    assert closing is not None and (closing.outcome, closing.blame) == ("invalid", "infrastructure")
    assert closing.note.startswith("the agent had not started after")
