"""Compare two runs pair by pair, and say whether anything was shown."""

import click

from harness.comparing.compared import Compared, NothingShared, compare_runs
from harness.printing.compared import print_compared
from harness.printing.compared_json import compared_json
from harness.printing.json_out import print_json
from harness.printing.paper import paper
from harness.running.exit_status import ALL_GOOD, FAILED, INFRASTRUCTURE, NOTHING


@click.command()
@click.argument("one", metavar="RUN1")
@click.argument("other", metavar="RUN2")
@click.option(
    "--metric",
    metavar="NAME",
    default="success",
    show_default=True,
    help="A figure: reward, steps, tokens, safety, ...",
)
@click.option("--json", "for_programs", is_flag=True, help="Print one JSON object.")
def run(one: str, other: str, metric: str, for_programs: bool) -> int:
    """Compare RUN2 with RUN1 over the episodes that both have: the same scenario, faults, trial and seeds.

    Exit status: 0 nothing was shown to have got worse, 1 something was, 2 usage, 3 no pair counts in both runs,
    5 the runs share no episode.
    """
    try:
        found = compare_runs(one, other, metric)
    except NothingShared as error:
        click.echo(f"soundstage: {error}", err=True)
        return NOTHING
    status = _status(found)
    if for_programs:
        print_json(compared_json(found, status))
    else:
        print_compared(paper(), found)
    return status


def _status(found: Compared) -> int:
    if not found.values:
        return INFRASTRUCTURE
    return FAILED if found.shown == "worse" else ALL_GOOD
