"""Bytes of deliveries: the message in them, and the same delivery with other bytes."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from email.utils import formatdate
from typing import Any, Final

from fault_injection.delivery import Chunk, Delivery, End, Headers
from worlds.clock import MS, SECOND

EVENTS: Final = b"text/event-stream"
_TYPE: Final = b"content-type"
_DATA: Final = b"data: "
_EVENT: Final = b"event: message\n" + _DATA
_EVENT_END: Final = b"\n\n"
_CLOSING: Final = {b"{": b"}", b"[": b"]"}
_LENGTH: Final = b"content-length"
_CHUNKED: Final = (b"transfer-encoding", b"chunked")


def is_stream(delivery: Delivery) -> bool:
    """Whether an answer is an event stream."""
    return any(name == _TYPE and value.startswith(EVENTS) for name, value in delivery.headers)


def rewritten(delivery: Delivery, change: Callable[[Any], bytes]) -> Delivery:
    """A delivery whose last message is made anew from its value, in whatever frame it travels."""
    if not delivery.chunks:
        return delivery
    *before, last = delivery.chunks
    return replace(delivery, chunks=(*before, Chunk(_framed(last.data, change), last.pause_ns)))


def sent(delivery: Delivery, chunks: Iterable[Chunk], *, end: End = "ok", headers: Headers | None = None) -> Delivery:
    """A delivery with other bytes and another end."""
    return Delivery(
        tuple(chunks), delivery.status, delivery.headers if headers is None else headers, end, delivery.pause_ns
    )


def slowly(data: bytes, pieces: int, length_ms: int) -> list[Chunk]:
    """Bytes in about as many pieces as wanted, with pauses that take a length of time altogether."""
    size = max(1, -(-len(data) // pieces))
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    pause_ns = length_ms * MS // max(1, len(parts))
    return [Chunk(part, pause_ns) for part in parts]


def of_length(headers: Headers, length: int) -> Headers:
    """A head that announces a length, whatever it said before."""
    kept = tuple(pair for pair in headers if pair[0] != _LENGTH and pair != _CHUNKED)
    return (*kept, (_LENGTH, b"%d" % length))


def in_pieces(headers: Headers) -> Headers:
    """A head for a body that comes in pieces."""
    if _CHUNKED in headers:
        return headers
    return (*(pair for pair in headers if pair[0] != _LENGTH), _CHUNKED)


def as_stream(headers: Headers) -> Headers:
    """The head of an event stream, whatever the head was for before."""
    return tuple((name, EVENTS) if name == _TYPE else (name, value) for name, value in headers)


def as_events(delivery: Delivery) -> list[Chunk]:
    """A body as the event of a stream that says the same; what is one already stays as it is."""
    if is_stream(delivery):
        return list(delivery.chunks)
    return [Chunk(_EVENT + delivery.body.replace(b"\n", b"") + _EVENT_END)]


def values_of(events: Iterable[Chunk]) -> bytes:
    """Events as values beside each other in an array of JSON."""
    return b",".join(chunk.data.removeprefix(_EVENT).removesuffix(_EVENT_END) for chunk in events)


def dated(now_ns: int) -> tuple[bytes, bytes]:
    """A Date header by the world's clock."""
    return b"date", http_date(now_ns)


def http_date(now_ns: int) -> bytes:
    """A time as HTTP writes it."""
    return formatdate(now_ns // SECOND, usegmt=True).encode()


def _framed(data: bytes, change: Callable[[Any], bytes]) -> bytes:
    at = data.find(_DATA)
    if data[:1] in _CLOSING:
        end = data.rfind(_CLOSING[data[:1]]) + 1
        return change(json.loads(data[:end])) + data[end:]
    if at < 0:
        return data
    start = at + len(_DATA)
    end = data.rfind(b"}") + 1
    return data[:start] + change(json.loads(data[start:end])) + data[end:]
