"""Say what goes wrong in a served world, while its clients stay connected."""

import functools
import json
from collections.abc import Callable, Sequence
from typing import Any

import click

from harness.serving.owner import Where


@click.group()
def run() -> None:
    """Say what goes wrong in a served world, while its clients stay connected.

    `list` tells what there is; the others ask the stage that runs on this machine.
    """


def desk_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: the options that name a stage and an episode, handed over as `desk`; what it returns is printed."""

    @click.option("--world", metavar="WORLD", help="Which stage, where several run.")
    @click.option("--admin", metavar="URL", help="The admin API of a stage that was not started here.")
    @click.option("--admin-token", metavar="TOKEN", help="Its token (or SOUNDSTAGE_ADMIN_TOKEN in the environment).")
    @click.option("--episode", metavar="ID", default="default", show_default=True, help="Which episode.")
    @click.option("--json", "for_programs", is_flag=True, help="Print the answer as one JSON line.")
    @functools.wraps(command)
    def wrapped(
        world: str | None, admin: str | None, admin_token: str | None, episode: str, for_programs: bool, **rest: Any
    ) -> None:
        from harness.printing.faults import explanation, in_force  # what asks and prints is not needed for help
        from harness.serving.faults import Desk

        answer = command(desk=Desk(Where(world, admin, admin_token), episode), **rest)
        shown = (
            json.dumps(answer) if for_programs else in_force(answer) if "profiles" in answer else explanation(answer)
        )
        click.echo(shown)

    return wrapped


def for_a_while(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: the option that bounds how long something stays in force."""
    return click.option("--for", "span", metavar="TIME", help="Only for so long of the world's time, such as 5m.")(
        command
    )


@run.command("list")
@click.option("--json", "for_programs", is_flag=True, help="Print one JSON line.")
def list_all(for_programs: bool) -> None:
    """List the built-in profiles and every kind of fault. Needs no stage."""
    from fault_injection.fault import faults  # imports every kind
    from fault_injection.profile import find_profile, library_names
    from harness.printing.faults import catalogue

    profiles = [{"name": name, "description": find_profile(name).description} for name in library_names()]
    kinds = [
        {"name": name, "layer": kind.layer, "explicit": kind.explicit, "description": kind.description()}
        for name, kind in faults
    ]
    click.echo(json.dumps({"profiles": profiles, "faults": kinds}) if for_programs else catalogue(profiles, kinds))


@run.command("show")
@desk_options
def show(desk: Any) -> Any:
    """Show the profiles and rules in force, and how often each has fired."""
    return desk.ask("GET")


@run.command("add")
@click.argument("profiles", metavar="PROFILE|FILE...", nargs=-1, required=True)
@click.option("--only", is_flag=True, help="Put them in force instead of all others.")
@for_a_while
@desk_options
def add(desk: Any, profiles: Sequence[str], only: bool, span: str | None) -> Any:
    """Add profiles, by name or from YAML files, after those in force; `a+b` adds both."""
    return desk.add(profiles, only=only, span=span)


@run.command("on")
@click.argument("name", metavar="PROFILE|PROFILE/RULE")
@for_a_while
@desk_options
def turn_on(desk: Any, name: str, span: str | None) -> Any:
    """Turn a profile or a rule on; a profile that is not in force yet is added."""
    return desk.switch(name, enabled=True, span=span)


@run.command("off")
@click.argument("name", metavar="PROFILE|PROFILE/RULE")
@desk_options
def turn_off(desk: Any, name: str) -> Any:
    """Turn a profile or a rule off."""
    return desk.switch(name, enabled=False)


@run.command("patch")
@click.argument("rule", metavar="PROFILE/RULE")
@click.argument("changes", metavar="KEY=VALUE...", nargs=-1, required=True)
@desk_options
def patch(desk: Any, rule: str, changes: Sequence[str]) -> Any:
    """Change keys of a rule, such as `probability=0.2` or `with.fixed=2s`; `key=` takes a key away."""
    from harness.serving.faults import assigned

    return desk.ask("PATCH", "", {"name": rule, "patch": assigned(changes)})


@run.command("fire")
@click.argument("rule", metavar="PROFILE/RULE")
@desk_options
def fire(desk: Any, rule: str) -> Any:
    """Let a rule fire at the next call that it is about, whatever its trigger says."""
    return desk.ask("POST", "/fire", {"rule": rule})


@run.command("explain")
@click.argument("tool", metavar="SERVER.TOOL|SERVER")
@click.argument("arguments", metavar="KEY=VALUE...", nargs=-1)
@click.option(
    "--method", metavar="METHOD", help="Another request than a call, such as tools/list; name the server alone then."
)
@click.option(
    "--transport", default="http", show_default=True, type=click.Choice(["http", "stdio"]), help="How it comes."
)
@desk_options
def explain(desk: Any, tool: str, arguments: Sequence[str], method: str | None, transport: str) -> Any:
    """Say what would happen to a call, or to another request, now, and why. Nothing is counted."""
    return desk.explain(tool, arguments, transport, method)


@run.command("reset")
@desk_options
def reset(desk: Any) -> Any:
    """Forget what rules have counted and promised; what is toggled stays as it is."""
    return desk.ask("POST", "/reset", {})


@run.command("tail")
@desk_options
def tail(desk: Any) -> Any:
    """Print what rules do to calls and what is toggled, until Ctrl-C."""
    return desk.tail(click.echo)
