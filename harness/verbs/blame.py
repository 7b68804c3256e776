"""Find out which faults made an episode fail, by playing it again without them."""

from pathlib import Path

import anyio
import click

from harness.printing.blame import as_json, tell_blame
from harness.printing.json_out import print_json
from harness.printing.paper import paper
from harness.proving.blaming import PLAYS_MAX, blame
from harness.recording.origin import origin_of
from harness.recording.record import read_trajectory


@click.command()
@click.argument("trajectory", metavar="TRAJECTORY", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--scenario",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The scenario's file (default: as the run's manifest says).",
)
@click.option(
    "--plays", metavar="N", type=click.IntRange(4, 100_000), default=PLAYS_MAX, show_default=True,
    help="How often to play it again at most.",
)  # fmt: skip
@click.option("--json", "for_programs", is_flag=True, help="Print one JSON object.")
def run(trajectory: Path, scenario: Path | None, plays: int, for_programs: bool) -> None:
    """Play a failed episode again with all faults off, then without each that fired, then with as few as possible.

    Scripts play anew; of any other agent the recorded calls are made again, but for writes that it only repeated
    because of a fault that is off. What was toggled meanwhile is toggled again. What --plays leaves untried is said.
    """
    recorded = read_trajectory(trajectory)
    found = anyio.run(blame, trajectory, recorded, origin_of(trajectory, recorded, scenario), plays)
    if for_programs:
        print_json(as_json(recorded, found))
    else:
        tell_blame(paper(), recorded, found)
