"""A run's report: one HTML file, written whole or not at all."""

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from harness.errors import HarnessError
from harness.recording.run_folder import FolderError, RunFolder, found_run, refuse_url
from harness.reporting.arms import arm_reports
from harness.reporting.blocks import element_of, packed
from harness.reporting.causes import GROUPS_MAX, Group, grouped_by_cause
from harness.reporting.details import Details, write_details
from harness.reporting.index import index_of
from harness.reporting.matrix import matrix_of
from harness.reporting.page import rendered, script
from harness.reporting.plots import plots_of
from harness.reporting.reproduction import episode_commands, run_command
from harness.reporting.run_facts import RunFacts, read_run
from harness.reporting.verdict import SIGNS, WORDS, verdict_of
from harness.running.tally import RunResult
from harness.version import own_version
from worlds import host
from worlds.clock import show_time

FILE: Final = "report.html"
MEGABYTES_MAX: Final = 32


class ReportError(HarnessError):
    """A report that cannot be written."""

    code = "report"


@dataclass(frozen=True, slots=True)
class Written:
    """A report that was written."""

    path: Path
    size_bytes: int
    episodes: int
    cut: int
    """How many timelines are only in the run's folder, because the page would have become too large."""
    warning: str
    """Why the run is not whole; empty for one that is."""


def report(
    run: RunResult | str | Path, out: str | Path | None = None, *, megabytes_max: float = MEGABYTES_MAX
) -> Written:
    """Write the page about a run, as `soundstage report` does; `out` None: `report.html` in its folder.

    Raises FolderError where there is no run, or one that was kept in memory only, and ReportError.
    """
    folder = run.folder if isinstance(run, RunResult) else found_run(str(run))
    if folder is None:
        raise FolderError("this run was kept in memory only", hint="give `run` a folder with `out`")
    return write_report(folder, Path(out) if out is not None else None, megabytes_max=megabytes_max)


def write_report(folder: RunFolder, out: Path | None = None, *, megabytes_max: float = MEGABYTES_MAX) -> Written:
    """Write the report of a run, in whatever state it is. Raises FolderError and ReportError."""
    path = out or folder.path / FILE
    refuse_url(path)
    facts, partial = read_run(folder), path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile() as blocks, partial.open("wb") as page:
            details = write_details(facts, blocks, int(megabytes_max * 1e6))
            warning = _write_page(page, blocks, facts, details)
        size = partial.stat().st_size
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        hint = "choose another file with -o"
        raise ReportError(f"cannot write {path}: {error.strerror}", hint=hint) from None
    return Written(path, size, len(facts.episodes), details.cut, warning)


def _write_page(page: IO[bytes], blocks: IO[bytes], facts: RunFacts, details: Details) -> str:
    """The summary first, so that it is painted first; then the table, the script, and the timelines."""
    groups = grouped_by_cause(facts.episodes)
    verdict = verdict_of(facts)
    head = rendered(
        "page.html",
        facts=facts, manifest=facts.manifest, verdict=verdict, details=details,
        matrix=matrix_of(facts), groups=groups[:GROUPS_MAX], more_groups=len(groups[GROUPS_MAX:]),
        commands=_commands(facts, groups), arms=arm_reports(facts, details.fired), plots=plots_of(facts.summaries),
        run_command=run_command(facts.manifest), signs=SIGNS, words=WORDS,
        written_at=show_time(host.wall_ns())[:16].replace("T", " "), version=own_version(),
    )  # fmt: skip
    page.write(head.encode())
    page.write(element_of("index", packed(index_of(facts, details, groups))))
    page.write(f"<script>{script()}</script>\n".encode())
    blocks.seek(0)
    shutil.copyfileobj(blocks, page)
    page.write(b"</body>\n</html>\n")
    return verdict.warning


def _commands(facts: RunFacts, groups: Sequence[Group]) -> dict[int, str]:
    """For each cause the command that gets its first episode again."""
    return {
        group.number: episode_commands(facts.manifest, facts.folder, group.episodes[0])[0].text
        for group in groups[:GROUPS_MAX]
    }
