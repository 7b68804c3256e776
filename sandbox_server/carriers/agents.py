"""The ASGI application that agents talk to: `/<token>/<server>/mcp`, or `/<server>/mcp` with a bearer token.

Everything else is not found, OAuth discovery included; no path leads from here to an owner's controls.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from typing import Any, Final

from fault_injection.delivery import Delivery
from sandbox_server.arrival import Arrival
from sandbox_server.carriers.limits import Limits
from sandbox_server.carriers.perform import Performer, Receive, Send
from sandbox_server.carriers.wire import TRANSPORT
from sandbox_server.connection import Connection
from sandbox_server.dispatch.deliveries import NOT_FOUND
from sandbox_server.dispatch.door import LOOPBACK
from sandbox_server.dispatcher import Dispatcher
from sandbox_server.stage import Stage

_BEARER: Final = b"bearer "
_LEAF: Final = "mcp"


class Agents:
    """The servers of every open episode of a stage, as one ASGI application."""

    def __init__(self, stage: Stage, *, hosts: Iterable[str] | None = LOOPBACK, limits: Limits | None = None) -> None:
        """`hosts`: names and addresses without ports that requests may be addressed to; None for any."""
        self.stage = stage
        self.limits = limits or Limits()
        self.dispatcher = Dispatcher(hosts)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        transport = scope.get("state", {}).get(TRANSPORT)
        url = self._url(scope)
        if url is None:
            await Performer(send, transport).perform(NOT_FOUND)
            return
        arrival = await self._arrival(scope, receive)
        if arrival is None:
            return
        performer = Performer(send, transport, url.episode.waits)
        deliveries = self.dispatcher.dispatch(arrival, url)
        try:
            first = await anext(deliveries)
            lost = await performer.perform(first)
            if first.end == "more" and not lost:
                await _stream(deliveries, performer, receive)
            else:
                await _report(deliveries, lost)
        finally:
            await deliveries.aclose()

    def _url(self, scope: Any) -> Connection | None:
        """Whose URL of which server a request came to, by the token in its path or in its Authorization header."""
        match scope["path"].split("/"):
            case ["", token, server, leaf] if leaf == _LEAF:
                admission = self.stage.admission(token)
            case ["", server, leaf] if leaf == _LEAF:
                admission = self.stage.admission(_bearer(scope["headers"]))
            case _:
                return None
        return admission.episode.url(server, admission.actor) if admission else None

    async def _arrival(self, scope: Any, receive: Receive) -> Arrival | None:
        """The whole request, its body unless it is too large; None when the client left before its end."""
        limit = self.limits.body_bytes_max
        if _announced_length(scope["headers"]) > limit:
            return Arrival(b"", scope["method"], scope["headers"], cut_at=limit)
        message = await receive()
        body: bytes = message.get("body", b"")
        if message["type"] == "http.request" and message.get("more_body"):
            return await self._long(scope, receive, body)
        return Arrival(body, scope["method"], scope["headers"]) if message["type"] == "http.request" else None

    async def _long(self, scope: Any, receive: Receive, begun: bytes) -> Arrival | None:
        limit = self.limits.body_bytes_max
        pieces, size, more = [begun], len(begun), True
        while more and size <= limit:
            message = await receive()
            if message["type"] != "http.request":
                return None
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            more = message.get("more_body", False)
        if size > limit:
            return Arrival(b"", scope["method"], scope["headers"], cut_at=limit)
        return Arrival(b"".join(pieces), scope["method"], scope["headers"])


async def _report(deliveries: AsyncGenerator[Delivery, str | None], lost: str | None) -> None:
    """Let the dispatcher finish, with what became of its answer."""
    try:
        await deliveries.asend(lost)
    except StopAsyncIteration:
        return


async def _stream(deliveries: AsyncGenerator[Delivery, str | None], performer: Performer, receive: Receive) -> None:
    """Perform what comes, until it ends or the client leaves."""
    gone = asyncio.ensure_future(_departure(receive))
    try:
        while True:
            following = asyncio.ensure_future(anext(deliveries, None))
            await asyncio.wait({following, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                following.cancel()
                await asyncio.wait({following})
                return
            delivery = following.result()
            if delivery is None or await performer.perform(delivery) or delivery.end != "more":
                return
    finally:
        gone.cancel()


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _bearer(headers: Iterable[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name == b"authorization" and value[: len(_BEARER)].lower() == _BEARER:
            return value[len(_BEARER) :].strip().decode("latin-1")
    return ""


def _announced_length(headers: Iterable[tuple[bytes, bytes]]) -> int:
    for name, value in headers:
        if name == b"content-length" and value.strip().isdigit():
            return int(value)
    return 0
