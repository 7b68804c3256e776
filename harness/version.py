"""Which version of Soundstage this is, and of what it runs with."""

import functools
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Final

_BESIDE: Final = ("apsw", "duckdb", "mcp", "pydantic")
"""Libraries that have a say in what episodes come to."""


@functools.cache
def own_version() -> str:
    """The installed version; `0` where the source is run without being installed."""
    return _version("soundstage")


@functools.cache
def versions() -> dict[str, str]:
    """By name: the versions of this program, of Python, of the machine's kind and of what has a say in results."""
    own = {"soundstage": own_version(), "python": platform.python_version()}
    return {
        **own,
        "platform": f"{platform.system()} {platform.machine()}",
        **{name: _version(name) for name in _BESIDE},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "0"
