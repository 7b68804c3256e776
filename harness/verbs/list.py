"""List the runs that were recorded, and what could be run."""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click
import orjson

from harness.printing.paper import paper
from harness.printing.run_json import rate_json
from harness.printing.runs import runs_table, success_of
from harness.recording.run_folder import RUNS, RunFolder, run_folders
from harness.reporting.run_facts import episodes_of
from harness.staging.suite import suite_names
from worlds.worldfile import library_names


@click.command()
@click.option(
    "--runs", "where", metavar="FOLDER", default=RUNS, type=click.Path(path_type=Path), help="Where the runs lie."
)
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
def run(where: Path, for_programs: bool) -> None:
    """List the runs below runs/ with their success rates and outcomes, and the built-in suites and worlds."""
    folders = list(run_folders(where))
    if for_programs:
        found = {
            "runs": [_run(folder) for folder in folders],
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


def _run(folder: RunFolder) -> dict[str, Any]:
    """A run's manifest, where it lies, and how it went."""
    manifest = folder.manifest()
    found = episodes_of(folder, manifest)
    rate, outcomes = success_of([one.summary for one in found]), Counter(one.outcome for one in found)
    told = {**manifest.model_dump(), "success": rate_json(rate), "outcomes": dict(outcomes)}
    rates = {
        arm.name: success_of([one.summary for one in found if one.planned.arm == arm.name]) for arm in manifest.arms
    }
    by_arm = [{**arm, "success": rate_json(rates[arm["name"]])} for arm in told["arms"]]
    return {"path": str(folder.path), **told, "arms": by_arm}
