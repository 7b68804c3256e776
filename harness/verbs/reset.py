"""Put a served world back to its first state while its clients stay connected."""

import json

import click

from harness.serving.owner import Where, admin_of, where_options


@click.command()
@where_options
@click.option("--json", "for_programs", is_flag=True, help="Print the answer as one JSON line.")
def run(where: Where, for_programs: bool) -> None:
    """Put a served world back to its first state while its clients stay connected.

    Finds the stage that runs on this machine; name its world where there are several.
    """
    answer = admin_of(where).ask("POST", "/reset")
    click.echo(json.dumps(answer) if for_programs else f"reset to step {answer['step']}, digest {answer['digest']}")
