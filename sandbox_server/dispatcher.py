"""The dispatcher: what arrives at a server becomes deliveries. It knows both generations of the protocol, no transport.

One URL speaks both: a version header of the handshake era, or none, leads to sessions; any other value leads to
2026-07-28. An imitated server that speaks only handshake versions is true to itself where clients find out what it
speaks (`initialize`, `server/discover`, unknown versions), so that a client in automatic mode settles on the version
that it would settle on with the real one. A client that insists, with both the 2026-07-28 header and the `_meta`
envelope, is answered in 2026-07-28 all the same. A surface whose `versions` hold 2026-07-28 offers it to everybody.
"""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterable

from fault_injection.delivery import Delivery
from sandbox_server import requests
from sandbox_server.arrival import LINE, Arrival
from sandbox_server.connection import Connection
from sandbox_server.dispatch import deliveries, handshake, lines, modern, web
from sandbox_server.dispatch.door import LOOPBACK, Door
from sandbox_server.dispatch.messages import Unparsable, read
from sandbox_server.dispatch.straight import shown, straight
from sandbox_server.errors import Ended
from sandbox_server.path import walk
from sandbox_server.surface import HANDSHAKE_VERSIONS, MODERN_VERSION

log = logging.getLogger(__name__)

_HANDSHAKE: frozenset[bytes] = frozenset(version.encode() for version in HANDSHAKE_VERSIONS)


class Dispatcher:
    """Answers for every server of every episode; holds nothing but which hosts are let in."""

    def __init__(self, hosts: Iterable[str] | None = LOOPBACK) -> None:
        """`hosts`: names and addresses without ports that requests may be addressed to; None for any."""
        self.door = Door(hosts)

    async def dispatch(self, arrival: Arrival, connection: Connection) -> AsyncGenerator[Delivery, str | None]:
        """Answer one arrival; `connection` is the URL it came to, or the stdio line it came over.

        Every failure is a delivery too: what breaks in here is logged and answered for as the imitated SDK would. A
        carrier that could not perform a delivery sends back what became of it, for the ledger.
        """
        waits = connection.episode.waits
        waits.enter()
        try:
            answer = await self.answer(arrival, connection)
            if isinstance(answer, Delivery):
                lost = yield answer
                self.performed(arrival, connection, lost or answer.end)
                return
        finally:
            waits.leave()
        async for delivery in answer:
            yield delivery

    def performed(self, arrival: Arrival, connection: Connection, how: str) -> None:
        """Note in the ledger what became of an answer, unless it simply arrived (`ok`)."""
        if how != "ok":
            for entry in arrival.entries:
                connection.episode.ledger.delivered(entry, how)

    async def answer(self, arrival: Arrival, connection: Connection) -> Delivery | AsyncIterator[Delivery]:
        """The same for carriers that want no generator: they count as busy meanwhile, and call `performed` after."""
        try:
            for hook in connection.episode.hooks.request:
                if (delivery := await hook(arrival)) is not None:
                    return delivery
            if arrival.target is not None:
                return await web.answer(self.door, arrival, connection)
            usual = straight(self.door, arrival, connection)
            if usual is None:
                return await self._route(arrival, connection)
            line, call = usual
            return shown(arrival, line, call, await walk(line.episode, call))
        except Ended:
            return deliveries.SILENCE if arrival.verb == LINE else deliveries.NOT_FOUND
        except Exception:
            log.exception("an arrival could not be answered")
            if arrival.target is not None:
                return deliveries.bare(connection, 500)
            manner = connection.server.surface.manner
            return deliveries.SILENCE if arrival.verb == LINE else deliveries.refuse(connection, manner, "broken")

    async def _route(self, arrival: Arrival, connection: Connection) -> Delivery | AsyncIterator[Delivery]:
        if arrival.verb == LINE:
            return await lines.take(arrival, connection)
        version = arrival.fields.get(b"mcp-protocol-version")
        if version is not None and version not in _HANDSHAKE and self._is_modern(arrival, connection):
            return await self._modern(arrival, connection)
        return await self._handshake(arrival, connection)

    async def _modern(self, arrival: Arrival, url: Connection) -> Delivery | AsyncIterator[Delivery]:
        if arrival.verb == "POST":
            return await modern.post(self.door, arrival, url)
        if reason := self.door.stranger(arrival):
            return handshake.refused_at_door(url, url.server.surface.manner, reason, arrival)
        return deliveries.bare(url, 405, (b"allow", b"POST"))

    async def _handshake(self, arrival: Arrival, url: Connection) -> Delivery | AsyncIterator[Delivery]:
        if arrival.verb == "POST":
            return await handshake.post(self.door, arrival, url)
        if arrival.verb == "GET":
            asked = {"method": "GET"}
            return await requests.opened(url, asked, "handshake", "", lambda: handshake.get(self.door, arrival, url))
        if arrival.verb == "DELETE":
            return handshake.delete(self.door, arrival, url)
        manner = url.server.surface.manner
        return deliveries.refuse(url, manner, self.door.stranger(arrival) or "verb")

    def _is_modern(self, arrival: Arrival, url: Connection) -> bool:
        """Whether a request with a version of no handshake is for us to answer in 2026-07-28."""
        version = arrival.header(b"mcp-protocol-version")
        if url.server.surface.modern:
            return version not in HANDSHAKE_VERSIONS
        if version != MODERN_VERSION:
            return False
        return arrival.verb != "POST" or _insists(arrival)


def _insists(arrival: Arrival) -> bool:
    """Whether a client talks 2026-07-28 without having asked whether the server does."""
    if arrival.header(b"mcp-method") == "server/discover":
        return False
    try:
        return modern.has_envelope(read(arrival))
    except Unparsable:
        return False
