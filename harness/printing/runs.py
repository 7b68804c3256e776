"""Runs and their episodes as tables, read from their folders."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich import box
from rich.markup import escape
from rich.table import Table

from harness.errors import HarnessError
from harness.recording.run_folder import Planned, RunFolder
from harness.recording.summary import LOST, Summary, read_summary
from harness.running.statistics import Rate, wilson

_WRAPPED: Final = ("agent", "outcomes", "why")
"""Columns that may take several lines; the others are there to be copied, or are short."""


def runs_table(folders: Sequence[RunFolder]) -> Table:
    """One row for each run, the oldest first."""
    table = _table("run", "started", "agent", "success", "95 %", "outcomes", "status")
    for folder in folders:
        manifest = folder.manifest()
        found = [summary for _, summary in episodes(folder)]
        counts = Counter(_outcome(summary) for summary in found)
        told = ", ".join(f"{count} {name}" for name, count in counts.items())
        rate = success_of(found)
        share = (f"{rate.successes}/{rate.trials}", f"{rate.low * 100:.0f} to {rate.high * 100:.0f} %")
        table.add_row(
            escape(str(folder.path)),
            manifest.started_at[:16].replace("T", " "),
            escape(manifest.agent),
            *(share if rate.trials else ("-", "-")),
            told,
            manifest.status,
        )
    return table


def success_of(summaries: Sequence[Summary | None]) -> Rate:
    """Successes among the episodes that count."""
    valid = [summary for summary in summaries if summary is not None and summary.counts]
    return wilson(sum(summary.outcome == "success" for summary in valid), len(valid))


def episodes_table(folder: RunFolder) -> Table:
    """One row for each planned episode of a run."""
    table = _table("scenario", "trial", "outcome", "steps", "why")
    for planned, summary in episodes(folder):
        steps = str(summary.steps) if summary else "-"
        note = summary.note if summary and summary.outcome != "success" else ""
        table.add_row(escape(planned.scenario), str(planned.trial), _outcome(summary), steps, escape(note))
    return table


def episodes(folder: RunFolder) -> list[tuple[Planned, Summary | None]]:
    """Every planned episode of a run with what became of it, None when it never began or cannot be read."""
    return [(planned, _read(folder, planned)) for planned in folder.manifest().planned]


def _read(folder: RunFolder, planned: Planned) -> Summary | None:
    try:
        return read_summary(folder.path / planned.file)
    except HarnessError:
        return None


def _outcome(summary: Summary | None) -> str:
    if summary is None:
        return "not run"
    return "without an end" if summary.outcome == LOST else summary.outcome


def _table(*titles: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for title in titles:
        table.add_column(title, overflow="fold", no_wrap=title not in _WRAPPED)
    return table
