"""Show a recorded episode step by step, or the episodes of a run."""

import sys
from pathlib import Path

import click
import orjson
from rich.console import Console

from harness.errors import HarnessError
from harness.printing.next_steps import first_to_look_at
from harness.printing.paper import paper
from harness.printing.run_table import print_places
from harness.printing.runs import episodes, episodes_table
from harness.printing.story import tell
from harness.record import read_trajectory
from harness.run_folder import MANIFEST, RUNS, RunFolder


@click.command()
@click.argument("where", metavar="TRAJECTORY|RUN")
@click.option("--whole", is_flag=True, help="Print long texts whole.")
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
def run(where: str, whole: bool, for_programs: bool) -> None:
    """Show a trajectory file step by step, or the episodes of a run (a folder, or its name below runs/)."""
    path = found(where)
    if path.is_dir():
        folder = RunFolder(path)
        if for_programs:
            _print_json(folder.manifest().model_dump())
        else:
            _show_run(paper(), folder)
        return
    trajectory = read_trajectory(path)
    if for_programs:
        _print_json(trajectory.model_dump())
    else:
        tell(paper(), trajectory, whole=whole)


def _show_run(console: Console, folder: RunFolder) -> None:
    console.print(episodes_table(folder))
    console.print()
    first = first_to_look_at([summary for _, summary in episodes(folder) if summary is not None])
    print_places(console, folder, [["show", folder.record(first.scenario, first.trial)]] if first else [])


def found(where: str) -> Path:
    """The trajectory file or the run's folder that is meant. Raises HarnessError."""
    for path in (Path(where), RUNS / where):
        if path.is_file() or (path / MANIFEST).is_file():
            return path
    raise HarnessError(f"there is no trajectory and no run {where!r}", hint="soundstage list shows the runs")


def _print_json(value: object) -> None:
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()
