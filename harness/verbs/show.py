"""Show a recorded episode step by step, or the episodes of a run."""

import base64
import sys
from pathlib import Path
from typing import Any

import click

from harness.errors import HarnessError
from harness.printing.inert import inert
from harness.printing.json_out import print_json
from harness.printing.moment import tell_moment, tell_rows
from harness.printing.next_steps import first_to_look_at
from harness.printing.paper import paper
from harness.printing.run_table import print_places
from harness.printing.runs import episodes_table
from harness.printing.story import tell
from harness.recording.moment import Moment, moment_at
from harness.recording.record import read_trajectory
from harness.recording.run_folder import MANIFEST, RUNS, RunFolder, found_run
from harness.reporting.run_facts import episodes_of


@click.command()
@click.argument("where", metavar="TRAJECTORY|RUN")
@click.option("--at", "step", metavar="N", type=click.IntRange(0), help="Show the world after step N (0: the start).")
@click.option("--sql", metavar="QUERY", help="Ask the world then: one SELECT over everything, `before` included.")
@click.option("--file", "file", metavar="PATH", help="Print a file as it was then.")
@click.option("--whole", is_flag=True, help="Print long texts whole.")
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
def run(where: str, step: int | None, sql: str | None, file: str | None, whole: bool, for_programs: bool) -> None:
    """Show a trajectory file step by step, or the episodes of a run (a folder, or its name below runs/).

    With --at, --sql or --file: the world of the episode as it was after a step (without --at: after the last), from
    what the run has kept; nothing is run again.
    """
    path = found(where)
    looking = step is not None or sql is not None or file is not None
    if path.is_dir():
        if looking:
            raise click.UsageError("--at, --sql and --file look at one trajectory, not at a run")
        _show_run(RunFolder(path), for_programs)
        return
    trajectory = read_trajectory(path)
    if looking:
        moment = moment_at(path, len(trajectory.steps) if step is None else step)
        _show_moment(moment, sql, file, whole=whole, for_programs=for_programs)
    elif for_programs:
        print_json(trajectory.model_dump())
    else:
        tell(paper(), trajectory, whole=whole)


def _show_moment(moment: Moment, sql: str | None, file: str | None, *, whole: bool, for_programs: bool) -> None:
    """Print a moment, or what a closer look finds in it."""
    if for_programs:
        print_json(_looked(moment, sql, file))
        return
    if sql is None and file is None:
        tell_moment(paper(), moment, whole=whole)
    if sql is not None:
        tell_rows(paper(), *moment.rows(sql), whole=whole)
    if file is not None:
        _print_file(moment.file(file))


def _print_file(data: bytes) -> None:
    """The bytes as they are; on a terminal, only what does nothing to it."""
    told = inert(data.decode(errors="surrogateescape")).encode() if sys.stdout.isatty() else data
    sys.stdout.buffer.write(told)
    sys.stdout.buffer.flush()


def _looked(moment: Moment, sql: str | None, file: str | None) -> dict[str, Any]:
    """A moment for programs, with what was asked of it."""
    told: dict[str, Any] = {"step": moment.number, "time": moment.time}
    told["digest"] = moment.world.content_digest().hex()
    if sql is not None:
        columns, rows = moment.rows(sql)
        told["rows"] = [dict(zip(columns, row, strict=True)) for row in rows]
    if file is not None:
        told["file"] = _file_as_json(file, moment.file(file))
    if sql is None and file is None:
        told["changes"] = [change.to_json() for change in moment.changes()]
    return told


def _file_as_json(path: str, data: bytes) -> dict[str, Any]:
    try:
        return {"path": path, "text": data.decode()}
    except UnicodeDecodeError:
        return {"path": path, "base64": base64.b64encode(data).decode()}


def _show_run(folder: RunFolder, for_programs: bool) -> None:
    if for_programs:
        print_json(folder.manifest().model_dump())
        return
    console = paper()
    console.print(episodes_table(folder))
    console.print()
    played = [one.summary for one in episodes_of(folder, folder.manifest())]
    first = first_to_look_at([summary for summary in played if summary is not None])
    print_places(console, folder, [["show", folder.record(first.scenario, first.trial, first.arm)]] if first else [])


def found(where: str) -> Path:
    """The trajectory file or the run's folder that is meant. Raises HarnessError."""
    if "://" in where:
        return found_run(where).path
    for path in (Path(where), RUNS / where):
        if path.is_file() or (path / MANIFEST).is_file():
            return path
    raise HarnessError(f"there is no trajectory and no run {where!r}", hint="soundstage list shows the runs")
