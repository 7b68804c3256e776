"""Perform deliveries over HTTP: pauses, chunks and endings exactly as they say, decided by nobody here."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any, Final

from fault_injection.delivery import Delivery, Headers
from sandbox_server.waits import Waits

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

GONE: Final = "gone"
"""What became of an answer whose client had left."""
_FRAMING: Final = frozenset((b"content-length", b"transfer-encoding"))
_BODILESS: Final = frozenset((204, 304))
"""Statuses whose answers have no body, and so no length."""
_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER on, for 0 seconds: closing then resets the connection."""
_FLUSH_SECONDS_MAX: Final = 5.0
_TURNS: Final = 3
"""Turns of the loop in which uvicorn learns that the connection has ended; it would miss an answer otherwise."""
_STEP_SECONDS: Final = 0.001
_LANDING_SECONDS: Final = 0.02
"""What the last bytes get to reach the client before a reset would overtake them."""


class Performer:
    """One answer on its way over one connection."""

    __slots__ = ("_begun", "_send", "_transport", "_waits")

    def __init__(self, send: Send, transport: asyncio.Transport | None, waits: Waits | None = None) -> None:
        self._send = send
        self._transport = transport
        self._waits = waits
        self._begun = False

    async def perform(self, delivery: Delivery) -> str | None:
        """Perform one delivery; None when it was handed over, otherwise what became of it."""
        if delivery.pause_ns:
            await self._pause(delivery.pause_ns)
        if self._transport is not None and self._transport.is_closing():
            return GONE
        if delivery.end == "ok" and not self._begun and await self._whole(delivery):
            return None
        if delivery.end == "more" or (delivery.end == "ok" and not _lies(delivery)):
            await self._write(delivery)
        else:
            await self._break(delivery)
        return None

    async def _whole(self, delivery: Delivery) -> bool:
        """Send an answer of one piece at once, where it is one and is framed by its length."""
        chunks = delivery.chunks
        if len(chunks) > 1 or _is_framed(delivery.headers):
            return False
        data = b""
        if chunks:
            data = chunks[0].data
            if chunks[0].pause_ns:
                await self._pause(chunks[0].pause_ns)
        await self._begin(delivery, len(data))
        await self._send({"type": "http.response.body", "body": data})
        return True

    async def _write(self, delivery: Delivery) -> None:
        await self._begin(delivery, None)
        await self._chunks(delivery)
        if delivery.end == "ok":
            await self._send({"type": "http.response.body", "body": b""})

    async def _begin(self, delivery: Delivery, length: int | None) -> None:
        """Send the head, once, with the body's length where it is known."""
        if self._begun:
            return
        self._begun = True
        headers = delivery.headers
        if length is not None and delivery.status not in _BODILESS:
            headers = (*headers, (b"content-length", b"%d" % length))
        await self._send({"type": "http.response.start", "status": delivery.status, "headers": headers})

    async def _chunks(self, delivery: Delivery) -> None:
        """Send the pieces; nothing can follow an announced length."""
        room = _announced_length(delivery.headers)
        for chunk in delivery.chunks:
            if chunk.pause_ns:
                await self._pause(chunk.pause_ns)
            data = chunk.data if room is None else chunk.data[:room]
            room = None if room is None else room - len(data)
            await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def _break(self, delivery: Delivery) -> None:
        """Send what there is, then close or reset the connection; without chunks not even the head is sent."""
        transport = self._transport
        if delivery.chunks:
            await self._begin(delivery, None)
            await self._chunks(delivery)
        if transport is None:
            return
        if delivery.end == "rst":
            if delivery.chunks:
                await _flushed(transport)
            held: socket.socket = transport.get_extra_info("socket")
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            transport.abort()
        else:
            transport.close()
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    async def _pause(self, pause_ns: int) -> None:
        if self._waits is not None:
            await self._waits.wait(pause_ns)


def _announced_length(headers: Headers) -> int | None:
    for name, value in headers:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return None


def _lies(delivery: Delivery) -> bool:
    """Whether an answer announces another length than it has: it cannot end well, so the connection ends."""
    length = _announced_length(delivery.headers)
    return length is not None and length != len(delivery.body)


def _is_framed(headers: Headers) -> bool:
    return not _FRAMING.isdisjoint([name for name, _ in headers])


async def _flushed(transport: asyncio.Transport) -> None:
    """Wait until everything written has left for the client."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _FLUSH_SECONDS_MAX
    while transport.get_write_buffer_size() and loop.time() < deadline:  # noqa: ASYNC110 - transports tell nobody
        await asyncio.sleep(_STEP_SECONDS)
    await asyncio.sleep(_LANDING_SECONDS)
