"""Plain HTTP requests to a service: they take the path of a call and are answered as the service answers."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from fault_injection.delivery import Chunk, Delivery
from sandbox_server.arrival import Arrival
from sandbox_server.call import Call, Reply
from sandbox_server.connection import Connection
from sandbox_server.dispatch import deliveries
from sandbox_server.dispatch.door import Door
from sandbox_server.dispatch.framing import leaving
from sandbox_server.dispatch.rooting import rooted
from sandbox_server.path import walk
from sandbox_server.web import VERSION, WebRequest, WebServer

_OWN: Final = frozenset((
    "host", "connection", "keep-alive", "proxy-authorization", "proxy-connection", "content-length",
    "transfer-encoding", "te", "trailer", "upgrade", "expect", "accept-encoding", "date",
))  # fmt: skip
"""Headers that concern the connection and not the service."""


async def answer(door: Door, arrival: Arrival, url: Connection) -> Delivery:
    """Answer one request below the URL of a service."""
    if door.stranger(arrival):
        return deliveries.bare(url, 403)
    call = called(url, request_of(arrival))
    outcome = await walk(url.episode, call)
    answered = shown(url, outcome.reply)
    places = cast(WebServer, url.server).addresses_of(call.tool)
    return rooted(leaving(url, arrival, outcome, answered), answered, arrival.root, places)


def request_of(arrival: Arrival) -> WebRequest:
    """What a request asks of its service."""
    headers = {name: value for name, value in arrival.headers.items() if name not in _OWN}
    return WebRequest(arrival.verb, arrival.target or "/", headers, arrival.body, bool(arrival.cut_at))


def called(url: Connection, asked: WebRequest) -> Call:
    """The call that a request comes to, counted as the episode's next."""
    episode, server = url.episode, cast(WebServer, url.server)
    meant = server.asked(asked)
    episode.arrivals += 1
    return Call(
        url.server_name, meant.tool, meant.arguments, url.actor, episode.arrivals, era="modern", version=VERSION,
        web=asked,
    )  # fmt: skip


def shown(url: Connection, reply: Reply) -> Delivery:
    """The delivery of an answer; what can be told in JSON-RPC only is a service that is not there."""
    result = reply.result
    if result is None or "status" not in result:
        return deliveries.bare(url, 503)
    text = "".join(_texts(result.get("content", ())))
    headers = [(name.lower().encode("latin-1", "replace"), _value(value)) for name, value in result["headers"]]
    dated = deliveries.bare(url, result["status"], *headers)
    chunks = (Chunk(text.encode("utf-8", "replace")),) if text else ()
    return Delivery(chunks, dated.status, dated.headers)


def _texts(content: Iterable[Any]) -> Iterable[str]:
    return (str(block["text"]) for block in content if isinstance(block, Mapping) and "text" in block)


def _value(value: str) -> bytes:
    """A header's value; nothing in it can end the line."""
    return " ".join(str(value).split()).encode("latin-1", "replace")
