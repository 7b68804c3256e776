"""Write recorded episodes as training data, with a card that says what they are."""

import sys
from pathlib import Path
from typing import Final, get_args

import click
import orjson

from harness.exporter import format_names
from harness.exporting.card import Card
from harness.exporting.findings import Request
from harness.exporting.job import NothingToExport, carry_out
from harness.exporting.selecting import Filters
from harness.exporting.splitting import Split
from harness.finite_range import FiniteRange
from harness.printing.inert import inert
from harness.staging.suite import Filter
from harness.trajectory import Outcome

NOTHING: Final = 5
_OUTCOMES: Final = [outcome for outcome in get_args(Outcome) if outcome != "invalid"]


@click.command()
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option(
    "--format", "kind", required=True, type=click.Choice(format_names()), help="What the files are written for."
)
@click.option(
    "--out", metavar="FOLDER", required=True, type=click.Path(path_type=Path), help="A folder that does not exist yet."
)
@click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    type=click.Choice(_OUTCOMES),
    help="Only such episodes; may be repeated (default: success for openai and trl, every one for the others).",
)
@click.option("--min-reward", metavar="X", type=FiniteRange(0, 1), help="Only episodes of at least this reward.")
@click.option("--arm", "arms", metavar="NAME", multiple=True, help="Only episodes of this arm; may be repeated.")
@click.option("-k", "wanted", metavar="EXPR", help="Only scenarios whose names fit, e.g. 'refund and not bulk'.")
@click.option(
    "--longest", metavar="N", type=click.IntRange(1), help="Leave out conversations of more than N characters."
)
@click.option("--no-thoughts", is_flag=True, help="Do not tell what agents thought.")
@click.option(
    "--split",
    metavar="SHARE",
    type=FiniteRange(0, 1, min_open=True, max_open=True),
    help="Train on this share of the episodes, whole scenario families, and keep the others for tests.",
)
@click.option("--split-seed", metavar="N", default=1, show_default=True, type=int, help="Which families go where.")
@click.option("--license", metavar="TEXT", help="The licence of the data, for the card.")
@click.option("--json", "for_programs", is_flag=True, help="Print the card as JSON.")
def run(
    runs: tuple[str, ...],
    kind: str,
    out: Path,
    outcomes: tuple[Outcome, ...],
    min_reward: float | None,
    arms: tuple[str, ...],
    wanted: str | None,
    longest: int | None,
    no_thoughts: bool,
    split: float | None,
    split_seed: int,
    license: str | None,
    for_programs: bool,
) -> int:
    """Write the episodes of runs (folders, or names below runs/) as training data.

    Only what the agent itself saw and did is written. Exit status: 0, or 5 where nothing is left to export.
    """
    filters = Filters(outcomes, min_reward, arms, Filter(wanted) if wanted else None)
    request = Request(
        runs, kind, out, filters, Split(split, split_seed), license, not no_thoughts, longest
    )  # fmt: skip
    try:
        card = carry_out(request)
    except NothingToExport as error:
        click.echo(inert(f"soundstage: {error}"), err=True)
        return NOTHING
    if for_programs:
        sys.stdout.buffer.write(orjson.dumps(card.to_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
    else:
        _print(card, out)
    return 0


def _print(card: Card, out: Path) -> None:
    episodes = sum(side.episodes for side in card.sides)
    click.echo(f"{card.rows} rows from {episodes} of {card.planned} planned episodes, for {card.format}.")
    for side in card.sides:
        click.echo(f"  {side.name}: {side.rows} rows of {len(side.families)} scenario families")
    if card.left_out:
        told = ", ".join(f"{count} {reason}" for reason, count in card.left_out.items())
        click.echo(inert(f"Left out: {told}."))
    if card.license is None:
        click.echo("The card states no licence; --license says one.")
    click.echo(inert(f"Card: {out / 'README.md'}"))
