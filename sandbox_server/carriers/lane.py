"""The short lane of usual requests: one that came whole, with an answer that leaves whole, past ASGI.

ASGI starts a request at its head, waits for its body as a message, takes an answer as two messages, checks every header
again and writes twice; together that costs more than finding out what to answer. The lane starts when the body is
there and writes once. Whatever is not that simple (streams, pauses, breaks, large or chunked bodies) goes the ASGI way.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

from fault_injection.delivery import Delivery, Headers
from sandbox_server.arrival import Arrival, Head
from sandbox_server.connection import Connection
from sandbox_server.dispatch.deliveries import NOT_FOUND

log = logging.getLogger(__name__)

Answer = Delivery | AsyncIterator[Delivery]
BODY_BYTES_MAX: Final = 65_536
"""Larger bodies need flow control."""
_HEADS_MAX: Final = 512


class _Head(NamedTuple):
    status: int
    headers: Headers
    lines: bytes
    chunked: bool


_heads: dict[int, _Head] = {}


@runtime_checkable
class Laned(Protocol):
    """An application that has a lane beside its ASGI entrance."""

    def takes(self, path: str) -> bool:
        """Whether requests to a path may come on the lane."""
        ...

    def find(self, path: str, fields: Mapping[bytes, bytes]) -> Connection | None:
        """Where a path (and a credential among the headers) leads."""
        ...

    def begin(self, url: Connection, arrival: Arrival) -> Awaitable[Answer]:
        """What a whole request is answered with; `end` or `finish` must follow."""
        ...

    def end(self, url: Connection) -> None:
        """The answer has left whole."""
        ...

    async def finish(self, url: Connection, arrival: Arrival, answer: Answer, *asgi: Any) -> None:
        """Perform an answer that does not leave whole, as an ASGI application does."""
        ...

    def stop(self) -> None:
        """Let open streams end, because their listener does."""
        ...


class Wire(Protocol):
    """What a lane needs of its connection."""

    transport: Any
    flow: Any
    cycle: Any
    pipeline: Any
    """Requests that wait for this one's answer."""

    def asgi_cycle(self, lane: "Lane") -> Any:
        """A uvicorn cycle for a request that has been read on the lane."""
        ...

    def on_response_complete(self) -> None:
        """Go on to the next request."""
        ...


class Prelude:
    """All of a request that comes before its body."""

    __slots__ = ("body_bytes", "data", "head", "keep_alive", "path")

    def __init__(self, path: str, head: Head, *, body_bytes: int, keep_alive: bool) -> None:
        self.path = path
        self.head = head
        self.body_bytes = body_bytes
        self.keep_alive = keep_alive
        self.data = b""
        """Its bytes, once it is known by them."""


class Silent:
    """An event that nobody waits for."""

    def set(self) -> None:
        """Nothing happens."""


_SILENT: Final = Silent()


class Lane:
    """One request on the lane; its connection treats it as it would treat uvicorn's cycle of a request."""

    __slots__ = ("body", "disconnected", "keep_alive", "more_body", "prelude", "response_complete", "wire")

    message_event: Final = _SILENT

    def __init__(self, wire: Wire, prelude: Prelude, body: bytes = b"", *, more_body: bool = True) -> None:
        self.wire = wire
        self.prelude = prelude
        self.keep_alive = prelude.keep_alive
        self.body = body
        self.more_body = more_body
        self.disconnected = False
        self.response_complete = False

    async def run(self, app: Laned) -> None:
        """Answer the request, whose body is here; a connection whose request breaks is closed."""
        prelude = self.prelude
        arrival = Arrival(self.body, head=prelude.head)
        url = app.find(prelude.path, arrival.fields)
        if url is None:
            self._write(NOT_FOUND)
            return
        try:
            try:
                answer = await app.begin(url, arrival)
            except BaseException:
                app.end(url)
                raise
            if isinstance(answer, Delivery) and self._write(answer):
                app.end(url)
            else:
                await self._by_asgi(partial(app.finish, url, arrival, answer))
        except Exception:
            log.exception("a request on the lane broke")
            self.wire.transport.close()

    def _write(self, delivery: Delivery) -> bool:
        """Write a whole answer; False, and nothing written, if it is not one or nobody is there to take it."""
        wire = self.wire
        if delivery.end != "ok" or delivery.pause_ns or wire.flow.write_paused or self.disconnected:
            return False
        message = _message(delivery, keep_alive=self.keep_alive)
        if message is None or wire.transport.is_closing():
            return False
        wire.transport.write(message)
        self.response_complete = True
        if not self.keep_alive:
            wire.transport.close()
        if wire.pipeline:
            wire.on_response_complete()
        return True

    async def _by_asgi(self, app: Callable[..., Awaitable[None]]) -> None:
        """Go on as uvicorn would have begun."""
        cycle = self.wire.asgi_cycle(self)
        cycle.disconnected = self.disconnected
        if self.wire.cycle is self:
            self.wire.cycle = cycle
        await cycle.run_asgi(app)


def _message(delivery: Delivery, *, keep_alive: bool) -> bytes | None:
    """A whole answer as HTTP/1.1 has it, framed by its length or, where its headers say so, in chunks.

    None for answers that are paced, that come in pieces without being chunked, or that bring a length of their own.
    """
    chunks = delivery.chunks
    for chunk in chunks:
        if chunk.pause_ns:
            return None
    head = _head(delivery.status, delivery.headers)
    close = b"" if keep_alive else b"connection: close\r\n"
    if head.chunked:
        pieces = [b"%x\r\n%b\r\n" % (len(chunk.data), chunk.data) for chunk in chunks if chunk.data]
        return b"%b%b\r\n%b0\r\n\r\n" % (head.lines, close, b"".join(pieces))
    if not head.lines or len(chunks) > 1:
        return None
    data = chunks[0].data if chunks else b""
    return b"%bcontent-length: %d\r\n%b\r\n%b" % (head.lines, len(data), close, data)


def _head(status: int, headers: Headers) -> _Head:
    """A head as it is written; it has no lines if its headers bring a length.

    Heads are remembered by identity: the dispatcher gives the same object as long as nothing in it changes.
    """
    known = _heads.get(id(headers))
    if known is None or known.headers is not headers or known.status != status:
        if len(_heads) >= _HEADS_MAX:
            _heads.clear()
        lines = b"".join(b"%b: %b\r\n" % pair for pair in headers)
        bare = any(name == b"content-length" for name, _ in headers)
        chunked = (b"transfer-encoding", b"chunked") in headers
        known = _heads[id(headers)] = _Head(status, headers, b"" if bare else _status_line(status) + lines, chunked)
    return known


def _status_line(status: int) -> bytes:
    phrase = HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode()
