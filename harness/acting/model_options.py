"""The options that name a model and say how it is reached."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from harness.finite_range import FiniteRange

_OPTIONS: Final = (
    click.option("--model", metavar="NAME", help="The model for `--agent model:`, e.g. anthropic:NAME or openai:NAME."),
    click.option("--base-url", metavar="URL", help="Where an OpenAI- or Anthropic-compatible endpoint offers it."),
    click.option("--temperature", metavar="T", type=FiniteRange(0), help="Its temperature (default: its own)."),
    click.option("--judge", metavar="NAME", help="A model that judges quality where a scenario has a rubric."),
    click.option("--user-model", metavar="NAME", help="A model that words what users say, where a scenario wants one."),
    click.option("--user-base-url", metavar="URL", help="Where an endpoint of your own offers that model."),
    click.option(
        "--user-words",
        metavar="FILE|RUN",
        type=click.Path(exists=True, path_type=Path),
        help="Recorded words of that model, used again for the same questions.",
    ),
    click.option(
        "--gateway",
        is_flag=True,
        help="Record a command's requests to its model, and hold it to the scenario's token limit.",
    ),
)


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: adds `model`, `base_url`, `temperature`, `judge`, `gateway`, and who words what users say."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
