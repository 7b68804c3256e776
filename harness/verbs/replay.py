"""Play a recorded episode again to see that it comes to the same, or let another agent go on from one of its steps."""

from pathlib import Path
from typing import Any

import anyio
import click

from harness.acting.agent_options import agent_options
from harness.agent import Options, find_agent
from harness.printing.json_out import print_json
from harness.printing.paper import paper
from harness.printing.replay import tell_continued, tell_replayed
from harness.recording.continuing import Continued, continue_from
from harness.recording.origin import origin_of
from harness.recording.record import read_trajectory
from harness.recording.replaying import Replayed, replayed
from harness.running.exit_status import ALL_GOOD, FAILED, INFRASTRUCTURE


@click.command()
@click.argument("trajectory", metavar="TRAJECTORY", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--from", "after", metavar="N", default=0, type=click.IntRange(0), help="Start in the world as it was after step N."
)
@click.option("--agent", "spec", metavar="SPEC", help="Let this agent go on after step N instead.")
@click.option(
    "--scenario",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The scenario's file (default: as the run's manifest says).",
)
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="With --agent: an empty folder for the run (default: below runs/).",
)
@click.option("--json", "for_programs", is_flag=True, help="Print one JSON object.")
@agent_options
def run(
    trajectory: Path,
    after: int,
    spec: str | None,
    scenario: Path | None,
    out: Path | None,
    for_programs: bool,
    options: Options,
) -> int:
    """Play a trajectory again and compare every answer, byte by byte, and every state of the world.

    Exit status: 0 all the same, 1 something differs (the first difference is shown). With --agent: 0 the agent
    succeeded, 1 it did not, 3 the episode could not be run or judged.
    """
    recorded = read_trajectory(trajectory)
    origin = origin_of(trajectory, recorded, scenario)
    if spec is None:
        found = anyio.run(replayed, trajectory, recorded, origin, after)
        if for_programs:
            print_json(_as_json(found, origin.changed))
        else:
            tell_replayed(paper(), recorded, found, changed=origin.changed)
        return FAILED if found.mismatch else ALL_GOOD
    ended = continue_from(recorded, after, origin, find_agent(spec, options), options, out)
    if for_programs:
        print_json(_continued_as_json(ended))
    else:
        tell_continued(paper(), ended)
    outcome = ended.trajectory.outcome
    return ALL_GOOD if outcome == "success" else INFRASTRUCTURE if outcome in (None, "invalid") else FAILED


def _as_json(found: Replayed, changed: bool) -> dict[str, Any]:
    mismatch = found.mismatch
    return {
        "same": mismatch is None,
        "from": found.first,
        "steps": found.steps,
        "scenario_changed": changed,
        "mismatch": None if mismatch is None else {
            "step": mismatch.step, "kind": mismatch.kind, "expected": mismatch.expected, "got": mismatch.got
        },
    }  # fmt: skip


def _continued_as_json(ended: Continued) -> dict[str, Any]:
    opening, closing = ended.trajectory.opening, ended.trajectory.closing
    return {
        "trajectory": str(ended.record),
        "trajectory_id": opening.trajectory_id,
        "parent": opening.parent.model_dump() if opening.parent else None,
        "steps": len(ended.trajectory.steps),
        "outcome": ended.trajectory.outcome,
        "note": closing.note if closing else "",
    }
