"""One TCP connection under uvicorn: bounded in time and size, and with its transport within reach of the application.

ASGI has no word for resetting a connection, so the transport travels in the scope's state under `TRANSPORT`.
"""

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from sandbox_server.carriers.lane import Laned, Prelude
from sandbox_server.carriers.limits import Limits

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol

    Base = H11Protocol
else:
    Base = object

TRANSPORT = "transport"
HEAD_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Wires:
    """The connections of one listener, and what bounds them."""

    def __init__(self, limits: Limits, laned: Laned | None = None) -> None:
        self.limits = limits
        self.laned = laned
        """The application, if it has a lane."""
        self.preludes: dict[bytes, Prelude] = {}
        """Those of usual requests by their bytes: clients repeat them, and reading one is half the work of a call."""
        self.state = ServerState()
        self.silent: dict[Any, None] = {}
        """Connections that never finished a request head, oldest first."""

    @property
    def open(self) -> tuple[Any, ...]:
        """The connections that are open now."""
        return tuple(self.state.connections)

    def admit(self, wire: Any) -> None:
        """Let a connection in; when there are too many, the oldest silent one goes (perhaps this one)."""
        self.silent[wire] = None
        if len(self.state.connections) > self.limits.connections_max:
            next(iter(self.silent)).transport.abort()

    def sweep(self, now: float) -> None:
        """Drop every connection that has overstayed in its phase; meant to be called about once a second."""
        for wire in self.open:
            wire.review(now)


class Watched(Base):
    """What both protocol classes add to uvicorn's."""

    phase: tuple[str, int] = ("head", 0)
    since = 0.0

    def __init__(self, config: Config, wires: Wires) -> None:
        super().__init__(config, wires.state, {})
        self.wires = wires

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a new connection into account."""
        self.app_state = {TRANSPORT: transport}
        super().connection_made(transport)
        self.since = self.loop.time()
        self.wires.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.wires.silent.pop(self, None)
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP without telling which software listens."""
        self.transport.write(_BAD_REQUEST)
        self.transport.close()

    def review(self, now: float) -> None:
        """Drop the connection if its present phase has lasted too long."""
        phase = self._phase()
        if phase != self.phase:
            self.phase, self.since = phase, now
        elif now - self.since > self._seconds_max(phase[0]):
            self.transport.abort()

    def _phase(self) -> tuple[str, int]:
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return ("idle" if self.is_idle() else "head", id(cycle))
        if self.transport.get_write_buffer_size():
            return ("write", self.transport.get_write_buffer_size())
        return ("body" if cycle.more_body else "busy", id(cycle))

    def is_idle(self) -> bool:
        """Whether the last request was answered and nothing came since."""
        return self.timeout_keep_alive_task is not None

    def _seconds_max(self, phase: str) -> float:
        limits = self.wires.limits
        known = {
            "head": limits.head_seconds_max,
            "body": limits.body_seconds_max,
            "write": limits.write_seconds_max,
            "idle": limits.keep_alive_seconds,
        }
        return known.get(phase, float("inf"))
