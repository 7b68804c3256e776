"""Passing one request on and its answer back, byte for byte, while both are watched."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import anyio
import httpx2

from harness.gateway.capture import READABLE
from harness.gateway.exchange import Ending, Watched
from harness.gateway.refusal import UNREACHABLE, Answer, refusal
from harness.gateway.upstream import Upstream, backward, onward
from sandbox_server.carriers.wire import TRANSPORT

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class _Left(Exception):
    """The agent left while it was still sending."""


@dataclass(slots=True)
class Outcome:
    """How a relay ended."""

    ending: Ending
    note: str = ""


class Relay:
    """One request on its way."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, watched: Watched) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._watched = watched
        self._sent = anyio.Event()
        """Set once the agent's request was read to its end."""
        self._begun = False
        """Whether the answer's head was passed back."""

    async def pass_on(self, client: httpx2.AsyncClient, upstream: Upstream, rest: str, local_key: str) -> Outcome:
        """Pass the request on and the answer back. However it goes, the agent's connection is left in order."""
        outcome = Outcome("left", "the agent went away before the answer was complete")
        request = self._request(upstream, rest, local_key)

        async def work() -> None:
            nonlocal outcome
            outcome = await self._exchanged(client, upstream, request)
            group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            group.start_soon(work)
            await self._sent.wait()
            await self._gone()
            group.cancel_scope.cancel()
        return outcome

    async def _exchanged(self, client: httpx2.AsyncClient, upstream: Upstream, request: httpx2.Request) -> Outcome:
        try:
            response = await client.send(request, stream=True)
        except _Left:
            return Outcome("left", "the agent went away before its request was complete")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            await answer(self._send, refusal(upstream.name, UNREACHABLE))
            return Outcome("failed", _words(error))
        try:
            await self._passed_back(response)
        except (httpx2.HTTPError, OSError) as error:
            await self._break_off()
            return Outcome("failed", _words(error))
        finally:
            with anyio.CancelScope(shield=True):
                await response.aclose()
        return Outcome("answered")

    async def _passed_back(self, response: httpx2.Response) -> None:
        kind, encoding = response.headers.get("content-type", ""), response.headers.get("content-encoding", "")
        self._watched.begin(response.status_code, kind, encoding)
        headers = backward(response.headers.raw)
        await self._send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        held = b""
        async for piece in response.aiter_raw():
            self._watched.feed(piece)
            if "event-stream" in kind:
                await self._send({"type": "http.response.body", "body": piece, "more_body": True})
                continue
            # Of what is no stream, one piece is held back: the whole is understood before the agent has it.
            if held:
                await self._send({"type": "http.response.body", "body": held, "more_body": True})
            held = piece
        self._watched.settle()
        await self._send({"type": "http.response.body", "body": held, "more_body": False})

    def _request(self, upstream: Upstream, rest: str, local_key: str) -> httpx2.Request:
        query = self._scope.get("query_string", b"")
        url = f"{upstream.base}{rest}" + (f"?{query.decode('latin-1')}" if query else "")
        given = [(name.lower(), value) for name, value in self._scope["headers"]]
        headers = onward(given, local_key=local_key, real_key=upstream.key, readable=READABLE)
        target = httpx2.URL(url)
        host = [(b"host", target.netloc)]
        return httpx2.Request(self._scope["method"], target, headers=[*host, *headers], stream=_Body(self._body))

    async def _body(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise _Left
            more = message.get("more_body", False)
            self._watched.request.add(message.get("body", b""))
            if message.get("body"):
                yield message["body"]
        self._sent.set()

    async def _gone(self) -> None:
        """Wait until the agent leaves."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _break_off(self) -> None:
        """Tell the agent in the only way that is left that its answer is not complete."""
        transport = self._scope.get("state", {}).get(TRANSPORT)
        if transport is not None:
            transport.abort()
            with suppress(TimeoutError), anyio.fail_after(1):
                await self._gone()


class _Body(httpx2.AsyncByteStream):
    """A request's body, sent on as it arrives."""

    def __init__(self, pieces: Callable[[], AsyncIterator[bytes]]) -> None:
        self._pieces = pieces

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._pieces()


async def answer(send: Send, given: Answer) -> None:
    """Send an answer of our own."""
    status, headers, body = given
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
