"""List the runs that were recorded, and what could be run."""

import sys
from pathlib import Path

import click
import orjson

from harness.printing.paper import paper
from harness.printing.runs import runs_table
from harness.run_folder import RUNS, run_folders
from harness.suite import suite_names
from worlds.worldfile import library_names


@click.command()
@click.option(
    "--runs", "where", metavar="FOLDER", default=RUNS, type=click.Path(path_type=Path), help="Where the runs lie."
)
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
def run(where: Path, for_programs: bool) -> None:
    """List the runs below runs/ with their outcomes, and the built-in suites and worlds."""
    folders = list(run_folders(where))
    if for_programs:
        found = {
            "runs": [{"path": str(folder.path), **folder.manifest().model_dump()} for folder in folders],
            "suites": suite_names(),
            "worlds": library_names(),
        }
        sys.stdout.buffer.write(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        return
    console = paper()
    if folders:
        console.print(runs_table(folders))
        console.print()
    else:
        console.print(f"No runs in [where]{where}[/] yet.")
    console.print(f"Suites: {', '.join(suite_names())}    Worlds: {', '.join(library_names())}")
