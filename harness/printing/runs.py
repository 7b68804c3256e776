"""Runs and their episodes as tables, read from their folders."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from harness.recording.run_folder import RunFolder
from harness.recording.summary import LOST, Summary
from harness.reporting.run_facts import NOT_RUN, EpisodeFacts, episodes_of
from harness.running.arm import labelled
from harness.running.statistics import Rate, wilson

_WRAPPED: Final = ("agent", "outcomes", "why")
"""Columns that may take several lines; the others are there to be copied, or are short."""
_WORDS: Final = {LOST: "without an end", NOT_RUN: "not run"}
"""What else than an outcome an episode can have come to, as reports say it."""


def runs_table(folders: Sequence[RunFolder]) -> Table:
    """One row for each run, the oldest first, and below it one for each arm where there are several."""
    table = _table("run", "started", "agent", "success", "95 %", "outcomes", "status")
    for folder in folders:
        manifest = folder.manifest()
        found = episodes_of(folder, manifest)
        started = manifest.started_at[:16].replace("T", " ")
        told = _told(found)
        table.add_row(escape(str(folder.path)), started, escape(manifest.agent), *told, manifest.status)
        for arm in manifest.arms:
            name = Text(f"  faults {arm.name}", "quiet")
            table.add_row(name, "", "", *_told([one for one in found if one.planned.arm == arm.name]), "")
    return table


def _told(found: Sequence[EpisodeFacts]) -> tuple[str, str, str]:
    """The share of successes, its interval and how often which outcome came."""
    counts = Counter(_outcome(one) for one in found)
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    rate = success_of([one.summary for one in found])
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
    for one in episodes_of(folder, folder.manifest()):
        steps = str(one.summary.steps) if one.summary else "-"
        note = one.problem or (one.summary.note if one.summary and one.outcome != "success" else "")
        name = escape(labelled(one.planned.scenario, one.planned.arm))
        table.add_row(name, str(one.planned.trial), _outcome(one), steps, escape(note))
    return table


def _outcome(one: EpisodeFacts) -> str:
    return _WORDS.get(one.outcome, one.outcome)


def _table(*titles: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for title in titles:
        table.add_column(title, overflow="fold", no_wrap=title not in _WRAPPED)
    return table
