"""Ask runs questions in SQL."""

import itertools
import sys
from collections.abc import Iterable

import click

from harness.finite_range import FiniteRange
from harness.printing.answers import answer_table, csv_lines, json_lines, schema_table
from harness.printing.paper import paper
from harness.store.asking import WAIT_S
from harness.store.query import asked_of_runs, distinct


@click.command()
@click.argument("words", metavar='RUN... "SELECT ..."', nargs=-1)
@click.option("--schema", is_flag=True, help="Show the tables that runs have, and their columns.")
@click.option(
    "--rows",
    "rows_max",
    metavar="N",
    default=200,
    show_default=True,
    type=click.IntRange(1),
    help="Rows to show in a table.",
)
@click.option(
    "--seconds",
    metavar="N",
    default=WAIT_S,
    show_default=True,
    type=FiniteRange(0, 1_000_000, min_open=True),
    help="How long the query may take.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all rows as a JSON array of objects.")
@click.option(
    "--csv",
    "as_csv",
    is_flag=True,
    help="Print all rows as CSV, texts exactly as they are: spreadsheet programs take those that begin with =, +, -, "
    "@, a tab or a carriage return for formulas, so import such columns as text.",
)
def run(words: tuple[str, ...], schema: bool, rows_max: int, seconds: float, as_json: bool, as_csv: bool) -> None:
    """Answer one SELECT (DuckDB's dialect) over the records of one run or of several: folders, names below runs/, URLs.

    Nothing can be written, and no file and no network is reached but the runs themselves. The tables are Parquet files
    in each run's folder `index/`, which any other tool can read as well.
    """
    if schema:
        _show_schema(words)
        return
    if len(words) < 2 or (as_json and as_csv):
        wrong = "--json and --csv are two forms of the same" if as_json and as_csv else "RUN and a SELECT are needed"
        raise click.UsageError(
            f'{wrong}, e.g. soundstage query runs/bookshop-1 "select outcome, count(*) from episodes group by all"'
        )
    with asked_of_runs(words[:-1], words[-1], seconds) as table:
        columns = distinct(table.columns)
        if as_json or as_csv:
            _write(json_lines(columns, table.types, table.rows) if as_json else csv_lines(columns, table.rows))
            return
        rows = list(itertools.islice(table.rows, rows_max + 1))
        paper().print(answer_table(table.columns, table.types, rows[:rows_max]))
        if len(rows) > rows_max:
            click.echo(f"soundstage: the first {rows_max} rows; --rows shows more, --csv and --json all", err=True)


def _show_schema(words: tuple[str, ...]) -> None:
    console = paper()
    for word in words or (None,):
        console.print(schema_table(word))


def _write(pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
