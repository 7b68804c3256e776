"""Scores of recorded episodes, as a table and for programs."""

from collections.abc import Sequence
from typing import Any, Final

from rich import box
from rich.markup import escape
from rich.table import Table

from harness.printing.users import user_lines
from harness.recording.summary import summarise
from harness.verdicts.composite import REWARD
from harness.verdicts.rescoring import Rescored, mean

_ALWAYS: Final = (REWARD, "task_success", "efficiency", "safety", "quality", "cost")
"""Figures that have a column even where nothing was measured."""


def scores_table(found: Sequence[Rescored]) -> Table:
    """One row for each episode, and the means of what was measured."""
    names = [
        name for name in _names(found) if name in _ALWAYS or any(each.figures[name].value is not None for each in found)
    ]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("scenario", "trial", "outcome"):
        table.add_column(title, no_wrap=True)
    for name in names:
        table.add_column(name.replace("_", " "), justify="right")
    for each in found:
        opening = each.trajectory.opening
        outcome = each.trajectory.outcome or "lost"
        values = [_shown(each.figures[name].value) for name in names]
        table.add_row(escape(opening.scenario), str(opening.trial), outcome, *values)
    if len(found) > 1:
        means = [_shown(mean(each.figures[name].value for each in found)) for name in names]
        table.add_section()
        table.add_row("mean", "", "", *means)
    return table


def notes(found: Sequence[Rescored]) -> list[str]:
    """What a person should know of the rewards: each remark once, with how many episodes it is about."""
    counts: dict[str, int] = {}
    for each in found:
        for note in filter(None, (each.figures[REWARD].note, each.note)):
            counts[note] = counts.get(note, 0) + 1
    told = [f"{note} ({count} of {len(found)})" if len(found) > 1 else note for note, count in counts.items()]
    return [*told, *user_lines([summarise(each.trajectory) for each in found])]


def as_json(found: Sequence[Rescored]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "episodes": [_episode(each) for each in found],
        "means": {name: mean(each.figures[name].value for each in found) for name in _names(found)},
    }


def _names(found: Sequence[Rescored]) -> list[str]:
    """The figures, success first and the reward last."""
    names = dict.fromkeys(name for each in found for name in each.figures)
    return sorted(names, key=lambda name: (name == REWARD, name != "task_success"))


def _episode(each: Rescored) -> dict[str, Any]:
    opening, closing = each.trajectory.opening, each.trajectory.closing
    return {
        "file": str(each.path),
        "trajectory_id": opening.trajectory_id,
        "scenario": opening.scenario,
        "trial": opening.trial,
        "outcome": each.trajectory.outcome,
        "cause": closing.cause if closing else None,
        "note": each.note or (closing.note if closing else ""),
        "figures": {name: {"value": score.value, "note": score.note} for name, score in each.figures.items()},
    }


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
