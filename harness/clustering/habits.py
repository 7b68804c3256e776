"""Habits of the library that are settled by the environment before it is imported: what it says, tells and demands."""

import logging
from pathlib import Path
from typing import Final

from worlds import host

_SETTLED: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing of a run is told to anybody
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # nodes are sent this program; they do not build its environment anew
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # without it a warning is printed about what is not used here
}
_TALKATIVE: Final = "ray.util.client.logsclient"
"""It sets its own level when it is imported, and tells stderr when a cluster elsewhere is away."""
_TOKEN_FILE: Final = ".ray/auth_token"


def settle(address: str | None) -> None:
    """Settle them for one run, except where the user has. Clusters of its own and all with a token ask for it."""
    for name, value in _SETTLED.items():
        host.let_variable(name, value)
    if address is None or has_token():
        host.let_variable("RAY_AUTH_MODE", "token")
    logging.getLogger("ray").setLevel(logging.CRITICAL)
    logging.getLogger(_TALKATIVE).disabled = True


def has_token() -> bool:
    """Whether there is a token in one of the places where the library looks for it."""
    variables = host.environment()
    named = variables.get("RAY_AUTH_TOKEN") or variables.get("RAY_AUTH_TOKEN_PATH")
    return bool(named) or (Path.home() / _TOKEN_FILE).is_file()
