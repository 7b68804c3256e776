"""Whole requests and whole answers, past ASGI where uvicorn's fast protocol is at hand.

ASGI brings a body as a message that is waited for, and takes an answer as two messages, checks every header again and
writes twice: together a third of what an answer costs. Where these functions decline, ASGI does the same slower.
"""

from typing import Any, Final

from fault_injection.delivery import Delivery, Headers

try:
    from uvicorn.protocols.http.httptools_impl import STATUS_LINE
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle as Cycle
except ImportError:  # a platform without httptools: everything is declined
    Cycle = None  # type: ignore[assignment, misc]

_FRAMING: Final = frozenset((b"content-length", b"transfer-encoding"))
_HEADS_MAX: Final = 512
_heads: dict[tuple[int, Headers], bytes] = {}


def body_at_hand(receive: Any) -> bytes | None:
    """The body of a request that has arrived completely; `receive` is what uvicorn handed to the application."""
    cycle = getattr(receive, "__self__", None)
    if Cycle is None or type(cycle) is not Cycle or cycle.more_body or cycle.disconnected:
        return None
    return bytes(cycle.body)


def send_whole(send: Any, delivery: Delivery) -> bool:
    """Write an answer in one piece; False, and nothing written, where it is not one or that cannot be done."""
    chunks = delivery.chunks
    if delivery.end != "ok" or delivery.pause_ns or len(chunks) > 1:
        return False
    cycle = getattr(send, "__self__", None)
    if Cycle is None or type(cycle) is not Cycle or cycle.response_started or cycle.disconnected:
        return False
    if cycle.flow.write_paused or cycle.transport.is_closing() or cycle.scope["method"] == "HEAD":
        return False
    data = chunks[0].data if chunks else b""
    head = _head(delivery.status, delivery.headers)
    if not head or (chunks and chunks[0].pause_ns):
        return False
    _write(cycle, head, data)
    return True


def _write(cycle: Any, head: bytes, data: bytes) -> None:
    """Write and bring uvicorn's records up to date, as its own `send` does at the end of an answer."""
    cycle.response_started = cycle.response_complete = True
    end = b"\r\n\r\n" if cycle.keep_alive else b"\r\nconnection: close\r\n\r\n"
    cycle.transport.write(b"%b%d%b%b" % (head, len(data), end, data))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()


def _head(status: int, headers: Headers) -> bytes:
    """The head of an answer up to the number of its bytes; nothing if the headers frame the body otherwise."""
    head = _heads.get((status, headers))
    if head is None:
        if len(_heads) >= _HEADS_MAX:
            _heads.clear()
        lines = b"".join(b"%b: %b\r\n" % pair for pair in headers)
        framed = any(name in _FRAMING for name, _ in headers)
        head = _heads[status, headers] = b"" if framed else STATUS_LINE[status] + lines + b"content-length: "
    return head
