"""Runs and their episodes as tables, read from their folders."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from harness.errors import HarnessError
from harness.recording.run_folder import Planned, RunFolder
from harness.recording.summary import LOST, Summary, read_summary
from harness.running.arm import labelled
from harness.running.statistics import Rate, wilson

_WRAPPED: Final = ("agent", "outcomes", "why")
"""Columns that may take several lines; the others are there to be copied, or are short."""


def runs_table(folders: Sequence[RunFolder]) -> Table:
    """One row for each run, the oldest first, and below it one for each arm where there are several."""
    table = _table("run", "started", "agent", "success", "95 %", "outcomes", "status")
    for folder in folders:
        manifest = folder.manifest()
        found = episodes(folder)
        started = manifest.started_at[:16].replace("T", " ")
        told = _told([summary for _, summary in found])
        table.add_row(escape(str(folder.path)), started, escape(manifest.agent), *told, manifest.status)
        for arm in manifest.arms:
            name = Text(f"  faults {arm.name}", "quiet")
            table.add_row(name, "", "", *_told([summary for each, summary in found if each.arm == arm.name]), "")
    return table


def _told(found: Sequence[Summary | None]) -> tuple[str, str, str]:
    """The share of successes, its interval and how often which outcome came."""
    counts = Counter(_outcome(summary) for summary in found)
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    rate = success_of(found)
    if not rate.trials:
        return "-", "-", told
    return f"{rate.successes}/{rate.trials}", f"{rate.low * 100:.0f} to {rate.high * 100:.0f} %", told


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
        name = escape(labelled(planned.scenario, planned.arm))
        table.add_row(name, str(planned.trial), _outcome(summary), steps, escape(note))
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
