"""The ASGI application that agents talk to: `/<token>/<server>/mcp`, or `/<server>/mcp` with a bearer token.

Everything else is not found, OAuth discovery included; no path leads from here to an owner's controls.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from fault_injection.delivery import Delivery
from sandbox_server.arrival import Arrival
from sandbox_server.carriers.limits import Limits
from sandbox_server.carriers.perform import Performer, Receive, Send
from sandbox_server.carriers.whole import body_at_hand, send_whole
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
        transport = scope["state"][TRANSPORT] if "state" in scope else None
        url = self._url(scope)
        if url is None:
            await Performer(send, transport).perform(NOT_FOUND)
            return
        arrival = await self._arrival(scope, receive)
        if arrival is None:
            return
        waits = url.episode.waits
        waits.enter()
        try:
            answer = await self.dispatcher.answer(arrival, url)
            if isinstance(answer, Delivery):
                if send_whole(send, answer):
                    return
                lost = await Performer(send, transport, waits).perform(answer)
                self.dispatcher.performed(arrival, url, lost or answer.end)
                return
        finally:
            waits.leave()
        await _stream(answer, Performer(send, transport, waits), receive)

    def _url(self, scope: Any) -> Connection | None:
        """Whose URL of which server a request came to, by the token in its path or in its Authorization header."""
        steps = scope["path"].split("/")
        if steps[-1] != _LEAF or not 3 <= len(steps) <= 4 or steps[0]:
            return None
        token = steps[1] if len(steps) == 4 else _bearer(scope["headers"])
        admission = self.stage.admission(token)
        return admission.episode.url(steps[-2], admission.actor) if admission else None

    async def _arrival(self, scope: Any, receive: Receive) -> Arrival | None:
        """The whole request, its body unless it is too large; None when the client left before its end."""
        arrival = Arrival(b"", scope["method"], scope["headers"])
        announced = arrival.fields.get(b"content-length")
        if announced is not None and _number(announced) > self.limits.body_bytes_max:
            arrival.cut_at = self.limits.body_bytes_max
            return arrival
        at_hand = body_at_hand(receive)
        if at_hand is not None:
            arrival.body = at_hand
            return arrival
        message = await receive()
        if message["type"] != "http.request":
            return None
        arrival.body = message.get("body", b"")
        if message.get("more_body") or announced is None:
            return arrival if await self._completed(arrival, message, receive) else None
        return arrival

    async def _completed(self, arrival: Arrival, message: Any, receive: Receive) -> bool:
        """Read the rest of a body as far as it is not too large; false when the client left before its end."""
        pieces, size = [arrival.body], len(arrival.body)
        while message.get("more_body") and size <= self.limits.body_bytes_max:
            message = await receive()
            if message["type"] != "http.request":
                return False
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
        too_large = size > self.limits.body_bytes_max
        arrival.cut_at = self.limits.body_bytes_max if too_large else 0
        arrival.body = b"" if too_large else b"".join(pieces)
        return True


async def _stream(deliveries: AsyncIterator[Delivery], performer: Performer, receive: Receive) -> None:
    """Perform what comes, until it ends or the client leaves."""
    gone = asyncio.ensure_future(_departure(receive))
    try:
        while True:
            following = asyncio.ensure_future(_following(deliveries))
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


async def _following(deliveries: AsyncIterator[Delivery]) -> Delivery | None:
    return await anext(deliveries, None)


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _bearer(headers: Iterable[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name == b"authorization" and value[: len(_BEARER)].lower() == _BEARER:
            return value[len(_BEARER) :].strip().decode("latin-1")
    return ""


def _number(text: bytes) -> int:
    return int(text) if text.strip().isdigit() else 0
