"""The options by which every verb that runs agents says how they are run, whatever their kind."""

import functools
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import click

from harness.acting.model_options import model_options
from harness.agent import Options
from harness.isolation import IsolationError, isolations

_OPTIONS: Final = (
    click.option(
        "--isolation",
        default="none",
        show_default=True,
        type=click.Choice(isolations.names()),
        help="What keeps commands from reaching more than they are given.",
    ),
    click.option("--image", metavar="IMAGE", help="The image of the containers that `--isolation container` runs."),
    click.option("--egress", is_flag=True, help="Let agents that are images (`image:IMAGE`) reach the internet."),
    click.option(
        "--mcp-config",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Servers of your own (mcpServers JSON), handed to the agent beside ours; not recorded.",
    ),
    click.option("--clean-env", is_flag=True, help="Start the agent without your environment."),
    click.option(
        "--pass-env", metavar="NAME", multiple=True, help="A variable that a clean environment holds all the same."
    ),
    click.option("--workdir", metavar="SERVER", help="A file server whose tree becomes the agent's working directory."),
    click.option(
        "--over",
        default="process",
        show_default=True,
        type=click.Choice(["process", "http"]),
        help="How scripts call: in this process, or over HTTP like any client.",
    ),
)
_NAMES: Final = frozenset(field.name for field in fields(Options))


def agent_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: adds the options and hands them over as `options`, an `harness.agent.Options`."""

    @model_options
    @functools.wraps(command)
    def wrapped(**given: Any) -> Any:
        _refuse_missing(given["isolation"], given["image"])
        options = Options(**{name: given.pop(name) for name in _NAMES & given.keys()})
        return command(options=options, **given)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def _refuse_missing(isolation: str, image: str | None) -> None:
    """Refuse an isolation that this machine does not offer, with the reason, and an image that nobody would use."""
    if image is not None and isolation != "container":
        raise click.UsageError("--image goes with --isolation container")
    refusal = isolations.get(isolation).refusal(image or "")
    if refusal is not None:
        raise IsolationError(f"there is no isolation {isolation!r} here: {refusal}", hint="--isolation none")
