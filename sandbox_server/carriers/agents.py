"""The ASGI application that agents talk to: `/<token>/<server>/mcp`, or `/<server>/mcp` with a bearer token.

A server that is a service can also be asked by plain HTTP, below `/<token>/<server>/api`, or `/<server>/api` with the
bearer token. Everything else is not found, OAuth discovery included; no path leads from here to an owner's controls.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from functools import lru_cache
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
from sandbox_server.web import is_web

_LEAF: Final = "mcp"
_API: Final = "api"
_SERVICE: Final = "/api"
_HOST: Final = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_PATHS_MAX: Final = 512
_PATH_LETTERS_MAX: Final = 512


class Agents:
    """The servers of every open episode of a stage, as one ASGI application."""

    def __init__(self, stage: Stage, *, hosts: Iterable[str] | None = LOOPBACK, limits: Limits | None = None) -> None:
        """`hosts`: names and addresses without ports that requests may be addressed to; None for any."""
        self.stage = stage
        self.limits = limits or Limits()
        self.dispatcher = Dispatcher(hosts)
        self._stopping = asyncio.Event()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        arrival = Arrival(b"", scope["method"], scope["headers"])
        url = self.find(scope["path"], arrival.fields) or self._service(scope, arrival)
        if url is None:
            await Performer(send, _transport(scope)).perform(NOT_FOUND)
        elif await self._complete(arrival, receive):
            try:
                answer = await self.begin(url, arrival)
            except BaseException:
                self.end(url)
                raise
            await self.finish(url, arrival, answer, scope, receive, send)

    def takes(self, path: str) -> bool:
        """Requests to every path may come on the lane, but for those of services."""
        return _SERVICE not in path

    def find(self, path: str, fields: Mapping[bytes, bytes]) -> Connection | None:
        """Whose URL of which server a path is, by the token in it or in the Authorization header."""
        token, server = _known_steps(path) if len(path) < _PATH_LETTERS_MAX else _steps(path)
        admission = self.stage.admission(token or _bearer(fields.get(b"authorization", b""))) if server else None
        return admission.episode.url(server, admission.actor) if admission else None

    def _service(self, scope: Any, arrival: Arrival) -> Connection | None:
        """Whose URL of which service a request is below; what follows becomes its target.

        A token in the path comes first: the Authorization header is the service's own then.
        """
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        steps = raw.decode("latin-1").split("/")
        for at in (3, 2):
            if len(steps) <= at or steps[at] != _API or steps[0]:
                continue
            token = steps[1] if at == 3 else _bearer(arrival.fields.get(b"authorization", b""))
            url = self._web_url(token, steps[at - 1])
            if url is not None:
                query = scope["query_string"].decode("latin-1")
                arrival.target = "/" + "/".join(steps[at + 1 :]) + (f"?{query}" if query else "")
                arrival.root = _origin(scope, arrival) + "/".join(steps[: at + 1])
                if at == 2:
                    arrival.pairs = [pair for pair in arrival.pairs if pair[0] != b"authorization"]
                return url
        return None

    def _web_url(self, token: str, server: str) -> Connection | None:
        admission = self.stage.admission(token)
        if admission is None or not is_web(admission.episode.servers.get(server)):
            return None
        return admission.episode.url(server, admission.actor)

    def begin(self, url: Connection, arrival: Arrival) -> Awaitable[Delivery | AsyncIterator[Delivery]]:
        """What a request is answered with; the episode counts as busy from now on until `end` or `finish`."""
        url.episode.waits.busy += 1
        return self.dispatcher.answer(arrival, url)

    def end(self, url: Connection) -> None:
        """An answer has left, so the episode is less busy."""
        url.episode.waits.leave()

    async def finish(
        self, url: Connection, arrival: Arrival, answer: Delivery | AsyncIterator[Delivery],
        scope: Any, receive: Receive, send: Send,
    ) -> None:  # fmt: skip
        """Perform an answer; a stream that is open does not count as busy."""
        performer = Performer(send, _transport(scope), url.episode.waits)
        if isinstance(answer, Delivery):
            try:
                lost = await performer.perform(answer)
                self.dispatcher.performed(arrival, url, lost or answer.end)
            finally:
                self.end(url)
        else:
            self.end(url)
            await _stream(answer, performer, receive, self._stopping)

    def stop(self) -> None:
        """End every stream that is open now."""
        self._stopping.set()
        self._stopping = asyncio.Event()

    async def _complete(self, arrival: Arrival, receive: Receive) -> bool:
        """Read the body, unless it is too large; false when the client left before its end."""
        limit = self.limits.body_bytes_max
        announced = arrival.fields.get(b"content-length", b"").strip()
        too_large = announced.isdigit() and int(announced) > limit
        pieces: list[bytes] = []
        size = 0
        more = not too_large
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return False
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            too_large = size > limit
            more = message.get("more_body", False) and not too_large
        arrival.cut_at = limit if too_large else 0
        arrival.body = b"" if too_large else b"".join(pieces)
        return True


async def _stream(
    deliveries: AsyncIterator[Delivery], performer: Performer, receive: Receive, stopping: asyncio.Event
) -> None:
    """Perform what comes, until it ends, the client leaves or the listener stops."""
    gone = asyncio.ensure_future(_departure(receive))
    stopped = asyncio.ensure_future(stopping.wait())
    try:
        while True:
            following = asyncio.ensure_future(_following(deliveries))
            await asyncio.wait({following, gone, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                following.cancel()
                await asyncio.wait({following})
                await performer.perform(Delivery())
                return
            delivery = following.result()
            if delivery is None or await performer.perform(delivery) or delivery.end != "more":
                return
    finally:
        gone.cancel()
        stopped.cancel()


async def _following(deliveries: AsyncIterator[Delivery]) -> Delivery | None:
    return await anext(deliveries, None)


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _steps(path: str) -> tuple[str, str]:
    """The token and the server in a path; no token where it is `/<server>/mcp`, no server where it leads nowhere."""
    steps = path.split("/")
    if steps[-1] != _LEAF or not 3 <= len(steps) <= 4 or steps[0]:
        return "", ""
    return steps[1] if len(steps) == 4 else "", steps[-2]


_known_steps: Final = lru_cache(_PATHS_MAX)(_steps)


def _bearer(authorization: bytes) -> str:
    """The token of an Authorization header, "" if it is not a bearer's."""
    scheme, _, token = authorization.strip().partition(b" ")
    return token.strip().decode("latin-1") if scheme.lower() == b"bearer" else ""


def _origin(scope: Any, arrival: Arrival) -> str:
    """The scheme and host by which a client reached us; empty where it named no host that a URL can have."""
    host = arrival.fields.get(b"host", b"").strip().decode("latin-1")
    return f"{scope.get('scheme', 'http')}://{host}" if _HOST.fullmatch(host) else ""


def _transport(scope: Any) -> asyncio.Transport | None:
    transport: asyncio.Transport | None = scope.get("state", {}).get(TRANSPORT)
    return transport
