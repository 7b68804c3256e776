"""Answers as deliveries: one JSON body, an event stream, a refusal, a receipt; each dated by the world's clock."""

from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache
from typing import Any, Final

from fault_injection.delivery import Chunk, Delivery, End, Headers
from sandbox_server.connection import Connection, Message
from sandbox_server.dispatch.messages import encode
from sandbox_server.manner import Manner, Reason
from worlds.clock import SECOND

JSON: Final = (b"content-type", b"application/json")
_JSON_HEAD: Final[Headers] = (JSON,)
CHUNKED: Final = (b"transfer-encoding", b"chunked")
NOT_FOUND: Final = Delivery((Chunk(b"Not Found"),), 404, ((b"content-type", b"text/plain"),))
"""The answer to every path that leads nowhere; it says nothing."""


def body(connection: Connection, data: bytes, status: int = 200) -> Delivery:
    """One JSON body."""
    return Delivery((Chunk(data),), status, _head(connection, _JSON_HEAD))


def receipt(connection: Connection, manner: Manner, status: int = 202) -> Delivery:
    """An answer without content."""
    return Delivery((), status, _head(connection, manner.receipt_headers))


def bare(connection: Connection, status: int, *headers: tuple[bytes, bytes]) -> Delivery:
    """An answer without content that says no more than its status."""
    return Delivery((), status, (*headers, _date(connection)))


def events(connection: Connection, manner: Manner, messages: Iterable[bytes]) -> Delivery:
    """A whole event stream that ends with its last message."""
    end = manner.event_end
    chunks = tuple(Chunk(event(message, end)) for message in messages)
    return Delivery(chunks, 200, stream_head(connection, manner))


def stream_head(connection: Connection, manner: Manner) -> Headers:
    """The head of an event stream."""
    return _head(connection, manner.stream_headers, CHUNKED)


def stream_piece(data: bytes, end: End = "more") -> Delivery:
    """Some bytes that continue a stream."""
    return Delivery((Chunk(data),), end=end)


def event(message: bytes, end: bytes) -> bytes:
    """One message as a server-sent event."""
    return b"event: message" + end + b"data: " + message + end + end


def refuse(connection: Connection, manner: Manner, reason: Reason, **details: Any) -> Delivery:
    """A refusal in the SDK's manner; `details` fill its text."""
    refusal = manner.refusals[reason]
    text = refusal.text.format(**details) if details else refusal.text
    if refusal.code is None:
        return Delivery((Chunk(text.encode()),), refusal.status, (*refusal.headers, _date(connection)))
    session = _session(connection) if manner.session_in_refusals else ()
    data = encode(manner.problem(refusal.code, text))
    return Delivery((Chunk(data),), refusal.status, (JSON, *refusal.headers, *session, _date(connection)))


def line(messages: Iterable[Message]) -> Delivery:
    """Messages as lines of standard output."""
    return Delivery(tuple(Chunk(encode(message) + b"\n") for message in messages))


SILENCE: Final = Delivery()
"""Nothing at all, which over stdio is an answer."""


def _head(connection: Connection, kind: Headers, *after: tuple[bytes, bytes]) -> Headers:
    """A head with session and date; the same object for the same line, kind and second, which carriers make use of."""
    second = connection.episode.world.clock.now_ns // SECOND
    known = connection.heads.get(id(kind))
    if known is None or known[0] != second:
        head = (*kind, *_session(connection), (b"date", _dated(second)), *after)
        known = connection.heads[id(kind)] = (second, head)
    found: Headers = known[1]
    return found


def _session(connection: Connection) -> Headers:
    return ((b"mcp-session-id", connection.id.encode()),) if connection.id else ()


def _date(connection: Connection) -> tuple[bytes, bytes]:
    """The date of an answer, by the world's clock."""
    return b"date", _dated(connection.episode.world.clock.now_ns // SECOND)


@lru_cache(maxsize=1_024)
def _dated(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()
