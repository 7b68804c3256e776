"""The options by which a run says where its episodes are played."""

import functools
from collections.abc import Callable
from dataclasses import fields
from typing import Any, Final

import click

from harness.engine import IN_PROCESS, EngineOptions, engines

_OPTIONS: Final = (
    click.option(
        "--engine",
        default=IN_PROCESS,
        show_default=True,
        type=click.Choice(engines.names()),
        help="Where episodes are played.",
    ),
    click.option(
        "--workers", metavar="N", type=click.IntRange(1, 10_000), help="How many processes or containers play."
    ),
    click.option(
        "--stage-image",
        metavar="IMAGE",
        help="With --engine docker: the image whose containers serve worlds (default: soundstage-stage).",
    ),
    click.option(
        "--address",
        metavar="CLUSTER",
        help="With --engine ray: the cluster: HOST:PORT, ray://HOST:PORT or auto (default: one of its own here).",
    ),
    click.option("--admin", metavar="URL", help="With --engine remote: the admin API of the stage that plays."),
    click.option(
        "--admin-token",
        metavar="TOKEN",
        help="Its token (or SOUNDSTAGE_ADMIN_TOKEN in the environment).",
    ),
)
_NAMES: Final = frozenset(field.name for field in fields(EngineOptions)) - {"name"}
ENGINE_NAMES: Final = frozenset({"engine"} | _NAMES)
"""Names of all that says where episodes are played."""


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: adds the options and hands them over as `engine`, a `harness.engine.EngineOptions`."""

    @functools.wraps(command)
    def wrapped(**given: Any) -> Any:
        named = given.pop("engine")
        chosen = {name: given.pop(name) for name in _NAMES & given.keys()}
        return command(engine=EngineOptions(named, **chosen), **given)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped
