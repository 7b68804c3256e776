"""Score recorded episodes again, with other weights or with the checks run again."""

import sys
from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.markup import escape

from harness.errors import HarnessError
from harness.judging.again import judge_again
from harness.printing.paper import paper
from harness.printing.scores import as_json, notes, scores_table
from harness.verbs.show import found
from harness.verdicts.rescoring import Rescored, grade_again, read_weights, recorded_in, score_again

NOTHING = 5


@click.command()
@click.argument("where", metavar="TRAJECTORY|RUN")
@click.option(
    "--weights", metavar="NAME=NUMBER,...", help="What success, quality, efficiency and cost count; others nothing."
)
@click.option("--regrade", is_flag=True, help="Run the scenario's checks again, on the worlds that were kept.")
@click.option("--judge", metavar="NAME", help="A model that judges quality; what it said before is used again.")
@click.option(
    "--scenario",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="With --regrade or --judge: the scenario to judge by.",
)
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
def run(
    where: str, weights: str | None, regrade: bool, judge: str | None, scenario: Path | None, for_programs: bool
) -> int:
    """Score a trajectory file, or all episodes of a run (a folder, or its name below runs/), from their records.

    Nothing is run again and no trajectory is changed; what a judge says is recorded beside them. Exit status: 0, or 5
    where there is nothing to score.
    """
    if scenario is not None and not regrade and judge is None:
        raise HarnessError("--scenario says by what to judge again", hint="add --regrade or --judge")
    chosen = read_weights(weights) if weights is not None else None
    paths = list(recorded_in(found(where)))
    scored = [grade_again(path, chosen, scenario) if regrade else score_again(path, chosen) for path in paths]
    if judge is not None:
        scored = [judge_again(one, judge, chosen, scenario) for one in scored]
    if for_programs:
        sys.stdout.buffer.write(orjson.dumps(as_json(scored), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
    else:
        _print(paper(), scored)
    return 0 if scored else NOTHING


def _print(console: Console, scored: list[Rescored]) -> None:
    if not scored:
        click.echo("soundstage: nothing was recorded there", err=True)
        return
    console.print(scores_table(scored))
    for note in notes(scored):
        console.print(f"Reward: {escape(note)}.", soft_wrap=True)
