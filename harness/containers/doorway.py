"""A way for bytes from agents' network to a stage that is on another one: this machine stands between them.

Bytes, ends and resets pass as they come, so that what a stage does to a connection on purpose is seen at the other end.
"""

import asyncio
import socket
import struct
from types import TracebackType
from typing import Final, cast

_DROPPED: Final = struct.pack("ii", 1, 0)
"""Linger for no time at all: a connection that is closed so is reset."""


class Doorway:
    """A listener at an address of this machine that leads to one other place; an async context manager."""

    def __init__(self, address: str, target: tuple[str, int]) -> None:
        self.target = target
        self._address = address
        self._server: asyncio.Server | None = None
        self._open: set[_End] = set()

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return f"http://{self._address}:{port}"

    async def __aenter__(self) -> "Doorway":
        """Listen. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Front(self), self._address, 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Listen no more, and drop what passes."""
        if self._server is not None:
            self._server.close()
        for end in tuple(self._open):
            end.drop()

    def entered(self, end: "_End") -> None:
        """A connection is open."""
        self._open.add(end)

    def left(self, end: "_End") -> None:
        """A connection is closed."""
        self._open.discard(end)


class _End(asyncio.Protocol):
    """One end of what passes; what it hears goes out at the other end."""

    def __init__(self, doorway: Doorway) -> None:
        self.doorway = doorway
        self.transport: asyncio.Transport | None = None
        self.other: _End | None = None
        self.finished = False
        """Whether nothing more comes from here."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.doorway.entered(self)

    def data_received(self, data: bytes) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        self.finished, other = True, self.other
        if other is None or other.transport is None or other.finished:
            return False
        other.transport.write_eof()
        return True  # the other direction may have more to say

    def connection_lost(self, exc: Exception | None) -> None:
        self.doorway.left(self)
        if self.other is not None:
            self.other.drop() if exc is not None else self.other.end()

    def pause_writing(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.resume_reading()

    def end(self) -> None:
        """Close, once everything is sent."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.close()

    def drop(self) -> None:
        """Close with a reset."""
        if self.transport is not None and not self.transport.is_closing():
            bound: socket.socket | None = self.transport.get_extra_info("socket")
            if bound is not None:
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DROPPED)
            self.transport.close()


class _Front(_End):
    """The end towards the agent: it opens the other one, and waits to hear until that stands."""

    def __init__(self, doorway: Doorway) -> None:
        super().__init__(doorway)
        self._opening: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        cast(asyncio.Transport, transport).pause_reading()
        self._opening = asyncio.get_running_loop().create_task(self._reach())

    async def _reach(self) -> None:
        back = _End(self.doorway)
        back.other = self
        try:
            await asyncio.get_running_loop().create_connection(lambda: back, *self.doorway.target)
        except OSError:
            self.drop()
            return
        self.other = back
        if self.transport is None or self.transport.is_closing():
            back.drop()
        else:
            self.transport.resume_reading()
