"""Print the figures that docs/explanation/performance.md speaks of, all of them or by group."""

import argparse
import importlib
import json
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Row

GROUPS = (
    "worlds",
    "services",
    "scoring",
    "calls",
    "faults",
    "episodes",
    "batch",
    "kills",
    "recorded",
    "memory",
    "crowd",
    "neighbours",
    "report",
    "containers",
    "scale",
    "peers",
)
ON_REQUEST = ("batch", "kills", "peers")
"""What installs a gigabyte or takes many minutes, and is only measured when it is named."""


def table(rows: list[Row]) -> Table:
    """The rows as a table for a terminal."""
    shown = Table(title="Soundstage, measured in this run", title_justify="left")
    for title in ("quantity", "here", "against", "ratio", "must", ""):
        shown.add_column(title, justify="right" if title == "ratio" else "left")
    for row in rows:
        mark = "" if row.met is None else ("[green]met[/]" if row.met else "[red]missed[/]")
        shown.add_row(row.name, row.value, row.against, "" if row.ratio is None else f"{row.ratio:.2f}", row.must, mark)
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "groups",
        nargs="*",
        metavar="GROUP",
        help=f"any of: {', '.join(GROUPS)} (default: all but {', '.join(ON_REQUEST)})",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    unknown = set(options.groups) - set(GROUPS)
    if unknown:
        parser.error(f"{', '.join(unknown)} is not one of: {', '.join(GROUPS)}")
    rows: list[Row] = []
    for group in options.groups or [each for each in GROUPS if each not in ON_REQUEST]:
        rows += importlib.import_module(f"benchmarks.{group}").rows()
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
    else:
        Console(width=160).print(table(rows))


if __name__ == "__main__":
    main()
