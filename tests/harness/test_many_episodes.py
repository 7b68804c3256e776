"""Hundreds of episodes: none lost, none doubled, the same however they are played, no more at once than was said."""

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.agent import find_agent
from harness.engine import EngineOptions
from harness.recording.summary import Summary
from harness.running.begin import carry_out, new_run
from harness.running.order import Order
from harness.running.tally import RunResult
from harness.staging.suite import collect
from harness.trajectory import Trajectory
from sandbox_server.episode import Episode
from sandbox_server.ledger import Sink
from tests.harness.runs import played
from tests.harness.scenes import NOTE, write_scene

TRIALS = 150
PARALLEL = 64


class Census:
    """A watcher that counts what is under way, and now and then what is held in memory."""

    def __init__(self) -> None:
        self.under_way = self.under_way_max = self.ended_count = self.held_max = 0

    def began(self, scenario: str, trial: int, steps_max: int) -> Sequence[Sink]:
        """One more."""
        self.under_way += 1
        self.under_way_max = max(self.under_way_max, self.under_way)
        return ()

    def ended(self, summary: Summary) -> None:
        """One less."""
        self.under_way -= 1
        self.ended_count += 1
        if self.ended_count % 50 == 0:
            gc.collect()
            held = sum(isinstance(thing, Episode | Trajectory) for thing in gc.get_objects())
            self.held_max = max(self.held_max, held)


def ran(folder: Path, parallel: int, engine: EngineOptions) -> tuple[RunResult, Census]:
    """A run of 300 episodes."""
    texts = {"note": NOTE, "wrong": NOTE.replace("is: hello}", "is: hallo}")}
    scenes = tuple(str(write_scene(folder, text, name)) for name, text in texts.items())
    order = Order(
        collect(scenes), find_agent("script:reference"), TRIALS, parallel=parallel, paths=scenes, engine=engine
    )
    ready, census = new_run(order, folder / "out"), Census()
    carry_out(ready, census, heed_signals=False)
    return ready.result, census


def told(result: RunResult) -> Any:
    """All records, and what became of each planned episode."""
    assert result.folder is not None
    found = [
        (tally.scenario, tally.begun, [(one.trial, one.outcome) for one in tally.ordered]) for tally in result.tallies
    ]
    return found, played(result.folder.path)


@pytest.fixture(scope="module")
def one_by_one(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the run comes to one episode at a time."""
    return told(ran(tmp_path_factory.mktemp("one"), 1, EngineOptions())[0])


@pytest.mark.parametrize("engine", [EngineOptions(), EngineOptions("processes", 2)], ids=["here", "processes"])
def test_hundreds_at_once_come_to_the_same_as_one_by_one(
    tmp_path: Path, one_by_one: Any, engine: EngineOptions
) -> None:
    result, census = ran(tmp_path, PARALLEL, engine)

    found, records = told(result)
    assert (found, records) == one_by_one
    assert [trials for _, _, trials in found] == [
        [(trial, outcome) for trial in range(1, TRIALS + 1)] for outcome in ("success", "failure")
    ]
    assert len(list((tmp_path / "out/episodes").iterdir())) == 2 * TRIALS
    assert census.ended_count == 2 * TRIALS
    assert census.under_way_max == PARALLEL
    assert census.held_max <= 3 * PARALLEL
