"""Serve a world: one URL per server, an admin API, and a line for each call."""

from collections.abc import Sequence
from typing import Literal

import click

Clock = Literal["virtual", "flowing", "real"]


@click.command()
@click.argument("world", metavar="WORLD|SCENARIO", required=False)
@click.option(
    "--port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    help="Port of the servers; 0: any (default: the same as ever).",
)
@click.option("--admin-port", metavar="PORT", type=click.IntRange(0, 65535), help="Port of the admin API; 0: any.")
@click.option(
    "--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Address on which the servers listen."
)
@click.option(
    "--admin-host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="Address on which the admin API listens.",
)
@click.option("--public-url", metavar="URL", help="Where agents reach the servers from elsewhere.")
@click.option("--token", metavar="TOKEN", help="The agent's token in the URLs (default: the same as ever).")
@click.option("--admin-token", metavar="TOKEN", help="The owner's token (default: the same as ever).")
@click.option("--actor", "actors", multiple=True, metavar="NAME", help="One more credential, recorded by its name.")
@click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(0),
    help="Seed of all that is left to chance (default: the scenario's, or 1).",
)
@click.option(
    "--clock", default="flowing", show_default=True, type=click.Choice(["virtual", "flowing", "real"]),
    help="How the world's time passes.",
)  # fmt: skip
@click.option(
    "--faults", "faults", multiple=True, metavar="NAME|FILE", help="What goes wrong: a fault profile, or a+b for two."
)
@click.option(
    "--faults-seed", metavar="N", type=click.IntRange(0), help="Seed of what goes wrong (default: the world's)."
)
@click.option("--json", "for_programs", is_flag=True, help="Print one JSON line when ready, and nothing else.")
@click.option("--stdio", metavar="SERVER", help="Serve one server on stdin and stdout instead.")
@click.option("--attach", is_flag=True, help="With --stdio: lead to a stage that runs already.")
def run(
    world: str | None,
    port: int | None,
    admin_port: int | None,
    host: str,
    admin_host: str,
    public_url: str | None,
    token: str | None,
    admin_token: str | None,
    actors: Sequence[str],
    seed: int | None,
    clock: Clock,
    faults: Sequence[str],
    faults_seed: int | None,
    for_programs: bool,
    stdio: str | None,
    attach: bool,
) -> int:
    """Serve a world or a scenario's world, by name or path, until Ctrl-C.

    The same command gives the same URLs tomorrow: ports and tokens are kept for each world.
    """
    if attach and not stdio:
        raise click.UsageError("--attach needs --stdio SERVER")
    if world is None and not attach:
        raise click.UsageError("name a world or a scenario to serve")
    if stdio and attach:
        from sandbox_server.serving.relay import attach_server  # a relay imports next to nothing

        return attach_server(stdio, world)
    if stdio:
        from harness.serving.stdio import serve_alone  # reserves stdout before it imports anything else

        return serve_alone(str(world), stdio, seed=seed, clock=clock, faults=faults, faults_seed=faults_seed)
    from harness.serving.http import serve_http  # neither is needed by the other forms
    from sandbox_server.serving.serving import Options

    options = Options(
        host, port, admin_host, admin_port, public_url, token, admin_token, seed, clock,
        tuple(dict.fromkeys(actors)), tuple(faults), faults_seed,
    )  # fmt: skip
    return serve_http(str(world), options, for_programs=for_programs)
