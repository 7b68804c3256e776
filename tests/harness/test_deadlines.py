"""Episodes that do not come back: the run gives them up, says whose fault it was, and ends itself."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.harness.command import start
from tests.harness.scenes import NOTE, write_scene

PATIENCE_S = 60.0
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


def ended(folder: Path, *words: object) -> Any:
    """What a run with a short deadline says when it has ended by itself."""
    out, err = start(folder, "run", *words, "--deadline", 0.02, "--json").communicate(timeout=PATIENCE_S)
    assert out, err
    return json.loads(out)


@ENGINES
def test_a_check_that_never_returns_costs_its_episode_and_not_the_run(tmp_path: Path, words: list[Any]) -> None:
    scene = write_unending(tmp_path)

    told = ended(tmp_path, scene, "--agent", "script:reference", "--out", "out", *words)

    assert (told["ended"], told["blame"]) == (1, {"infrastructure": 1})
    (episode,) = told["scenarios"][0]["episodes"]
    assert episode["note"].startswith("it had not come back after 0.02 minutes")
    assert episode["steps"] == 2


def test_judging_what_an_earlier_run_left_has_the_same_deadline(tmp_path: Path) -> None:
    scene = write_unending(tmp_path)
    ended(tmp_path, scene, "--agent", "script:reference", "--out", "out")
    record, manifest = tmp_path / "out/episodes/note-1.jsonl", tmp_path / "out/manifest.json"
    record.write_text("".join(record.read_text().splitlines(keepends=True)[:-1]))
    manifest.write_text(re.sub('"status": ?"finished"', '"status":"interrupted"', manifest.read_text()))

    assert json.loads(record.read_text().splitlines()[-1])["record"] == "left"
    assert ended(tmp_path, "--resume", "out")["blame"] == {"infrastructure": 1}
