"""A Ray cluster for as long as a run needs it: one that runs already, or one of this machine's own."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import ray

import fault_injection
import harness
import sandbox_server
import worlds
from harness.engine import EngineError
from harness.running.order import Order
from worlds import host

_PACKAGES: Final = (worlds, fault_injection, sandbox_server, harness)
_LEFT_BEHIND: Final = (".git", ".venv", "runs", "node_modules", ".tools", "__pycache__", ".*_cache")
"""What nodes are not sent of the working directory, beside what its .gitignore names."""


@contextmanager
def joined(order: Order) -> Iterator[None]:
    """A connection to the cluster that the order names, or to one that is started here. Raises EngineError."""
    host.let_variable("RAY_USAGE_STATS_ENABLED", "0")  # nothing of a run is told to anybody
    where: dict[str, Any] = {"address": order.engine.address, "runtime_env": _sent(order)}
    if order.engine.address is None:
        where = {"address": "local", "num_cpus": order.engine.workers, "include_dashboard": False}
    try:
        ray.init(**where, log_to_driver=False, configure_logging=False, logging_level=logging.ERROR)
    except Exception as error:
        raise EngineError(f"there is no cluster at {order.engine.address or 'this machine'}: {error}") from None
    try:
        yield
    finally:
        ray.shutdown()


def cores() -> int:
    """How many cores the cluster has, at least one."""
    return max(1, int(ray.cluster_resources().get("CPU", 1)))


def refuse_paths_elsewhere(order: Order) -> None:
    """Refuse files that nodes would not have: they are sent the working directory. Raises EngineError."""
    for path in order.paths:
        found = Path(path.partition("[")[0])
        if found.is_absolute() and found.exists() and not found.is_relative_to(Path.cwd()):
            raise EngineError(
                f"{path} lies outside of the working directory, which is what nodes are sent",
                hint="start the run in a folder that holds it",
            )


def _sent(order: Order) -> dict[str, Any]:
    """What nodes need of this machine: this program, the working directory, and variables that agents are to have."""
    variables = host.environment()
    return {
        "py_modules": [str(Path(str(package.__file__)).parent) for package in _PACKAGES],
        "working_dir": str(Path.cwd()),
        "excludes": list(_LEFT_BEHIND),
        "env_vars": {name: variables[name] for name in order.options.pass_env if name in variables},
    }
