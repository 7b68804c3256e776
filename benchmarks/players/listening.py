"""Serve an ASGI application as fast as uvicorn can, on a free port that is printed; for the peers' servers."""

import asyncio
import socket
from typing import Any

import uvicorn
import uvloop


def listen(app: Any, **settings: Any) -> None:
    """Serve until the process is ended."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(
        app, http="httptools", loop="uvloop", access_log=False, log_level="error", **settings
    )  # fmt: skip
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(uvicorn.Server(config).serve([listener]))
