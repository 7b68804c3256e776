"""Write a page about a run: one HTML file that needs no network."""

import webbrowser
from pathlib import Path

import click

from harness.finite_range import FiniteRange
from harness.recording.run_folder import found_run
from harness.reporting.report import MEGABYTES_MAX, write_report


@click.command()
@click.argument("where", metavar="RUN")
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write it (default: report.html in the run's folder).",
)
@click.option("--open", "shown", is_flag=True, help="Open it in a browser.")
@click.option(
    "--max-megabytes",
    metavar="N",
    type=FiniteRange(0),
    default=MEGABYTES_MAX,
    show_default=True,
    help="How much of it timelines may fill; those of failures come first.",
)
def run(where: str, out: Path | None, shown: bool, max_megabytes: float) -> None:
    """Write a page about a run (a folder, or its name below runs/): verdict, thresholds, failures by cause, timelines.

    A run that goes on, was interrupted or was killed has one, too, which says so. Task texts, arguments and answers are
    in it: whoever gets the file can read them.
    """
    found = write_report(found_run(where), out, megabytes_max=max_megabytes)
    if found.warning:
        click.echo(f"soundstage: {found.warning}", err=True)
    if found.cut:
        click.echo(
            f"soundstage: {found.cut} of {found.episodes} timelines are only in the run's folder; --max-megabytes N"
            " makes room",
            err=True,
        )
    click.echo(f"{found.path} ({found.size_bytes / 1e6:.1f} MB)")
    if shown:
        webbrowser.open(found.path.resolve().as_uri())
