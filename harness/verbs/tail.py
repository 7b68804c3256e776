"""Show the calls of a served world as they happen."""

import click

from harness.serving.owner import Where, where_options


@click.command()
@where_options
@click.option("--episode", metavar="ID", default="default", show_default=True, help="Which episode to watch.")
@click.option("--all", "from_start", is_flag=True, help="Begin with the first entry instead of the next one.")
@click.option("--json", "for_programs", is_flag=True, help="Print each entry as one JSON line.")
def run(where: Where, episode: str, from_start: bool, for_programs: bool) -> None:
    """Show the calls of a served world as they happen, until Ctrl-C.

    When the stage is restarted, tail waits for it and goes on.
    """
    from harness.serving.tail import follow  # what prints is not needed to print help

    follow(where, episode, from_start=from_start, for_programs=for_programs)
