"""Runs and their episodes as tables, read from their folders."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich import box
from rich.table import Table

from harness.errors import HarnessError
from harness.record import read_trajectory
from harness.run_folder import Planned, RunFolder
from harness.trajectory import Trajectory

_WRAPPED: Final = ("agent", "outcomes", "why")
"""Columns that may take several lines; the others are there to be copied, or are short."""


def runs_table(folders: Sequence[RunFolder]) -> Table:
    """One row for each run, the oldest first."""
    table = _table("run", "started", "agent", "episodes", "outcomes", "status")
    for folder in folders:
        manifest = folder.manifest()
        counts = Counter(_outcome(trajectory) for _, trajectory in episodes(folder))
        told = ", ".join(f"{count} {name}" for name, count in counts.items())
        started = manifest.started_at[:16].replace("T", " ")
        table.add_row(str(folder.path), started, manifest.agent, str(len(manifest.planned)), told, manifest.status)
    return table


def episodes_table(folder: RunFolder) -> Table:
    """One row for each planned episode of a run."""
    table = _table("scenario", "trial", "outcome", "steps", "why")
    for planned, trajectory in episodes(folder):
        closing = trajectory.closing if trajectory else None
        steps = str(len(trajectory.steps)) if trajectory else "-"
        note = closing.note if closing and closing.outcome != "success" else ""
        table.add_row(planned.scenario, str(planned.trial), _outcome(trajectory), steps, note)
    return table


def episodes(folder: RunFolder) -> list[tuple[Planned, Trajectory | None]]:
    """Every planned episode of a run with its trajectory, None when it never began or cannot be read."""
    return [(planned, _read(folder, planned)) for planned in folder.manifest().planned]


def _read(folder: RunFolder, planned: Planned) -> Trajectory | None:
    try:
        return read_trajectory(folder.path / planned.file)
    except HarnessError:
        return None


def _outcome(trajectory: Trajectory | None) -> str:
    if trajectory is None:
        return "not run"
    return trajectory.outcome or "without an end"


def _table(*titles: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for title in titles:
        table.add_column(title, overflow="fold", no_wrap=title not in _WRAPPED)
    return table
