"""HTTP listeners: an ASGI application under uvicorn's protocols, on a socket of our own.

uvicorn parses and frames; starting, stopping and bounding connections is ours, so that a stage can be embedded,
listen on port 0, stop at once, and leave signals to its host.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from importlib.util import find_spec
from typing import Any, Final

import uvicorn

from sandbox_server.carriers.agents import Agents
from sandbox_server.carriers.lane import Laned
from sandbox_server.carriers.limits import Limits, allow_many_files, collect_rarely, switch_often
from sandbox_server.carriers.wire import Wires
from sandbox_server.dispatch.door import LOOPBACK
from sandbox_server.stage import Stage

App = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application."""

_BACKLOG: Final = 2_048
_SWEEP_SECONDS_MAX: Final = 1.0


class Listener:
    """One ASGI application on one TCP port; an async context manager, or `start` and `stop`.

    The event loop is the caller's. Its connections end with it: what is being answered gets `grace_seconds`.
    """

    def __init__(
        self,
        app: App,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        limits: Limits | None = None,
        http: str = "auto",
        grace_seconds: float = 2.0,
    ) -> None:
        """`http` is `auto` or `h11` (pure Python)."""
        self.host = host
        self.port = port
        self.grace_seconds = grace_seconds
        self.wires = Wires(limits or Limits(), app if isinstance(app, Laned) else None)
        self._wire = _wire(http)
        self._config = _config(app, self.wires.limits, http)
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where it listens, e.g. `http://127.0.0.1:8400`; a wildcard address is shown as loopback."""
        shown = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{self.port}"

    async def start(self) -> int:
        """Listen, and return the port (a free one where 0 was asked for). Raises OSError."""
        loop = asyncio.get_running_loop()
        collect_rarely()
        switch_often()
        allow_many_files(self.wires.limits.connections_max + 256)
        bound = _bind(self.host, self.port)
        self.port = bound.getsockname()[1]
        self._server = await loop.create_server(
            lambda: self._wire(self._config, self.wires), sock=bound, backlog=_BACKLOG
        )
        self._sweeper = loop.create_task(self._sweep())
        return self.port

    async def stop(self) -> None:
        """Listen no more, end open streams, let other answers in progress end for a moment, then drop everything."""
        if self._server is None:
            return
        self._server.close()
        state = self.wires.state
        for wire in self.wires.open:
            wire.shutdown()
        if self.wires.laned is not None:
            self.wires.laned.stop()
        if state.tasks:
            await asyncio.wait(tuple(state.tasks), timeout=self.grace_seconds)
        for wire in self.wires.open:
            wire.transport.abort()
        await self._end_tasks()
        self._server = None

    async def __aenter__(self) -> "Listener":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _end_tasks(self) -> None:
        tasks = [task for task in (*self.wires.state.tasks, self._sweeper) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(_SWEEP_SECONDS_MAX, self.wires.limits.seconds_min / 2))
            self.wires.sweep(loop.time())


def _wire(http: str) -> Callable[[uvicorn.Config, Wires], asyncio.Protocol]:
    """The class of connections: the fast one where its parser exists. What the other needs takes time to load."""
    if http == "h11" or find_spec("httptools") is None:
        from sandbox_server.carriers.plain import H11Wire

        return H11Wire
    from sandbox_server.carriers.fast import HttpToolsWire  # httptools is not to be had everywhere

    return HttpToolsWire


def _config(app: App, limits: Limits, http: str) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        http=http,
        ws="none",
        interface="asgi3",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=int(limits.keep_alive_seconds),
        h11_max_incomplete_event_size=limits.head_bytes_max,
    )
    config.load()
    return config


def _bind(host: str, port: int) -> socket.socket:
    """A bound TCP socket; Nagle's algorithm is left to the event loop, which turns it off."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setblocking(False)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def serve_agents(
    stage: Stage,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    hosts: Iterable[str] | None = LOOPBACK,
    limits: Limits | None = None,
    http: str = "auto",
) -> Listener:
    """A listener (not yet started) for the agents of a stage.

    `hosts` are the names and addresses, without ports, that requests may be addressed to (None: any); give the public
    name of the machine where agents do not come over loopback.
    """
    return Listener(Agents(stage, hosts=hosts, limits=limits), host, port, limits=limits, http=http)
