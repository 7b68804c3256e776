"""FastMCP with one tool that does nothing, as its users start it."""

import asyncio
import socket

import uvicorn
import uvloop
from fastmcp import FastMCP

server: FastMCP = FastMCP("reference")


@server.tool
def noop(x: str = "") -> str:
    """Does nothing."""
    return "ok"


async def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    app = server.http_app(json_response=True)
    config = uvicorn.Config(app, http="httptools", loop="uvloop", access_log=False, log_level="error")
    await uvicorn.Server(config).serve([listener])


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
