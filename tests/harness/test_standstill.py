"""Agents that have come to a standstill are ended early; those that wait, or that still learn something, are not."""

from pathlib import Path
from typing import Any

import pytest

from harness.recording.record import read_trajectory
from harness.trajectory import Limits, Trajectory
from tests.harness.command import Command
from tests.harness.scenes import NOTE, write_scene

LONG = NOTE.replace("steps: 5", "steps: 500")
READ = "- files.read_text_file: {path: /workspace/a.txt}\n"
LIST = "- files.list_directory: {path: /workspace}\n"
THERE = "- files.move_file: {source: /workspace/a.txt, destination: /workspace/c.txt}\n"
BACK = "- files.move_file: {source: /workspace/c.txt, destination: /workspace/a.txt}\n"
SAYS = "- say: tired\n"


def trajectory(soundstage: Command, folder: Path, steps: str, scene: str = LONG, *words: Any) -> Trajectory:
    """What became of a script."""
    (folder / "steps.yaml").write_text(steps + SAYS)
    run = ["run", write_scene(folder, scene), "--agent", "script:steps.yaml", "--out", "out"]
    assert soundstage(*run, *words).status == 1
    return read_trajectory(folder / "out/episodes/note-1.jsonl")


def how(played: Trajectory) -> tuple[str, int]:
    """How an episode ended, and after how many calls."""
    assert played.closing is not None
    return played.closing.departure.how, len(played.steps)


@pytest.mark.parametrize(
    ("steps", "calls"),
    [(READ * 99, 31), ((READ + LIST) * 99, 32), ((THERE + BACK) * 99, 32), ((READ + READ + LIST) * 99, 33)],
    ids=["one call", "two in turn", "one that undoes the other", "an uneven loop"],
)
def test_a_loop_that_brings_nothing_new_ends_an_episode(
    soundstage: Command, tmp_path: Path, steps: str, calls: int
) -> None:
    played = trajectory(soundstage, tmp_path, steps)

    assert played.closing is not None
    assert (how(played), played.outcome, played.closing.blame) == (("stuck", calls), "timeout", "agent")
    names = list(dict.fromkeys(f"files.{step.action.tool}" for step in played.steps))
    assert played.closing.note.startswith("stopped after 30 calls in a row that brought nothing new")
    assert played.closing.note.endswith(f"as before: {', '.join(names)}")
    assert "brought nothing new" in soundstage("show", "out/episodes/note-1.jsonl").out.replace("\n", " ")


def test_who_waits_between_calls_is_not_stuck(soundstage: Command, tmp_path: Path) -> None:
    played = trajectory(soundstage, tmp_path, (READ + "- wait: 10s\n") * 60)

    assert how(played) == ("finished", 60)


def test_nobody_is_stuck_while_something_is_to_come(soundstage: Command, tmp_path: Path) -> None:
    event = "events:\n  - {at: +10h, server: files, do: write, with: {path: /workspace/later.txt, text: x}}\n"

    played = trajectory(soundstage, tmp_path, READ * 60, LONG + event)

    assert how(played) == ("finished", 60)


def test_who_asks_again_what_a_fault_kept_from_it_is_not_stuck(soundstage: Command, tmp_path: Path) -> None:
    faults = "faults:\n  - {on: files.read_text_file, nth: {first: 50}, fault: unavailable}\n"

    failing = READ.replace("}\n", "}\n  expect: error\n")
    played = trajectory(soundstage, tmp_path, failing * 50 + READ * 10, LONG + faults)

    assert how(played) == ("finished", 60)
    assert [step.failed for step in played.steps].count(True) == 50


def test_a_record_from_before_loops_were_looked_for_had_no_such_limit() -> None:
    old = read_trajectory(Path(__file__).parent / "data/first-version.jsonl")

    assert (old.opening.limits.stuck_after, Limits().stuck_after) == (0, 30)


def test_what_changes_or_is_told_anew_begins_the_count_again(soundstage: Command, tmp_path: Path) -> None:
    steps = "".join(
        READ * 29 + f"- files.write_file: {{path: /workspace/{number}.txt, content: x}}\n" for number in range(3)
    )

    assert how(trajectory(soundstage, tmp_path, steps)) == ("finished", 90)


@pytest.mark.parametrize(
    ("limits", "words", "ended"),
    [
        ("steps: 500, stuck_after: 3", [], ("stuck", 4)),
        ("steps: 500, stuck_after: 0", [], ("finished", 60)),
        ("steps: 500, stuck_after: 3", ["--stuck-after", 7], ("stuck", 8)),
        ("steps: 500", ["--stuck-after", 0], ("finished", 60)),
        ("steps: 10", [], ("steps", 10)),
    ],
)
def test_scenarios_and_runs_say_after_how_many_calls(
    soundstage: Command, tmp_path: Path, limits: str, words: list[Any], ended: tuple[str, int]
) -> None:
    scene = NOTE.replace("steps: 5", limits)

    assert how(trajectory(soundstage, tmp_path, READ * 60, scene, *words)) == ended
