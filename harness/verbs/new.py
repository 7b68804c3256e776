"""Write a scenario of your own to begin with, and a world beside it."""

from pathlib import Path

import click

from harness.printing.paper import paper
from harness.staging.starting import write_starter

TOLD = {
    "scenario.yaml": "the task, and what counts as success",
    "world.yaml": "what exists, and as which servers",
    "files/": "the files of one server",
    "shop.sql, orders.csv": "the tables of the other",
}


@click.command()
@click.argument("name", metavar="NAME")
@click.option(
    "--dir",
    "parent",
    metavar="FOLDER",
    default=Path(),
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the new folder is made (default: here).",
)
def run(name: str, parent: Path) -> None:
    """Write a working scenario named NAME into a new folder of that name, with a world beside it.

    Nothing that exists is touched.
    """
    folder = write_starter(name, parent)
    console = paper()
    console.print(f"[name]{folder}[/]")
    for file, meaning in TOLD.items():
        console.print(f"  {file:<22}[quiet]{meaning}[/]")
    console.print(f"\nNext: soundstage run {folder} --agent script:reference")
