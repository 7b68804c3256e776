"""What to look at next after a run: the commands that tell a person most."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from harness.recording.run_folder import RunFolder
from harness.recording.summary import Summary
from harness.running.tally import RunResult

_WORST: Final = ("safety_violation", "failure", "timeout", "invalid", "lost", "success")
Words = Sequence[str | Path]


def first_to_look_at(summaries: Sequence[Summary]) -> Summary | None:
    """The episode to open first: harm before failure before the rest, and of those the one with most collateral."""
    ranked = sorted(summaries, key=lambda summary: (_WORST.index(summary.outcome), -summary.collateral))
    return ranked[0] if ranked else None


def next_steps(result: RunResult) -> list[Words]:
    """The words of commands, the most useful first; at most three."""
    folder = result.folder
    if folder is None:
        return []
    steps: list[Words] = []
    if result.interrupted or result.broken or len(result.summaries) < result.planned:
        steps.append(["run", "--resume", folder.path])
    first = first_to_look_at(result.summaries)
    if first is not None:
        steps.append(["show", folder.record(first.scenario, first.trial, first.arm)])
        steps += _compared(result, folder, first)
    steps += [["check", tally.file] for tally in result.tallies if tally.weak][:1]
    if first is not None and first.outcome != "success" and len(result.summaries) > 1:
        steps.append(["report", folder.path])
    return steps[:3]


def _compared(result: RunResult, folder: RunFolder, first: Summary) -> list[Words]:
    """A failure beside a success of the same scenario: where they part tells most."""
    if first.outcome == "success" or not first.counts:
        return []
    good = [one for one in result.summaries if one.scenario == first.scenario and one.outcome == "success"]
    records = [folder.record(one.scenario, one.trial, one.arm) for one in (*good[:1], first)]
    return [["diff", *records]] if good else []
