"""Show where two recorded episodes first part ways."""

from pathlib import Path

import click

from harness.printing.divergence import tell_divergence
from harness.printing.json_out import print_json
from harness.printing.paper import paper
from harness.recording.divergence import as_json, first_divergence
from harness.recording.record import read_trajectory
from harness.running.exit_status import ALL_GOOD, FAILED

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("one", metavar="A", type=_FILE)
@click.argument("other", metavar="B", type=_FILE)
@click.option("--whole", is_flag=True, help="Print long texts whole.")
@click.option("--json", "for_programs", is_flag=True, help="Print one JSON object.")
def run(one: Path, other: Path, whole: bool, for_programs: bool) -> int:
    """Show the first step at which two trajectories differ: in what was done, what was answered, or what it left.

    Exit status: 0 they do the same, 1 they differ.
    """
    mine, theirs = read_trajectory(one), read_trajectory(other)
    found = first_divergence(mine, theirs)
    if for_programs:
        print_json(as_json(mine, theirs, found))
    else:
        tell_divergence(paper(), (mine, theirs), found, whole=whole)
    return ALL_GOOD if found is None else FAILED
