"""A real server: FastMCP with a counter, over stdio or HTTP."""

import sys
from typing import Any

from fastmcp import FastMCP

SERVER: FastMCP[Any] = FastMCP("counter", version="3.2.1", instructions="Counts.")
_counted = {"calls": 0}


@SERVER.tool
def count(by: int = 1) -> int:
    """Count on."""
    _counted["calls"] += by
    return _counted["calls"]


@SERVER.tool
def leave() -> str:
    """End the process."""
    import os

    os._exit(3)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        SERVER.run(transport="http", port=int(sys.argv[1]), show_banner=False)
    else:
        SERVER.run(show_banner=False)
