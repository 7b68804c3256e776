"""One client's line to one server of one episode: who it is, which protocol it speaks, and what waits for it."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from sandbox_server.call import Era
from sandbox_server.family import Server

if TYPE_CHECKING:
    from sandbox_server.episode import Episode

OUTBOX_MAX = 1_000

Message = dict[str, Any]
"""A JSON-RPC message."""
Dress = Callable[[Message], Message | None]
"""What a notification becomes on one line; None keeps it off that line."""
LOST: Message = {"error": {"code": -32000, "message": "Connection closed"}}
"""What a request to the client is answered with when its line closes first."""


class Connection:
    """A client's line (stdio, one handshake session, one 2026-07-28 stream) or the bare URL; identity is the URL's.

    It costs little while nothing happens: the outbox and what waits for the client are made when first needed.
    """

    __slots__ = (
        "_asked", "_outbox", "_pending", "_waiter", "actor", "client", "closed", "dress", "episode", "era", "heads",
        "id", "listening", "server_name", "streams", "transport", "version",
    )  # fmt: skip

    def __init__(self, episode: "Episode", server: str, actor: str = "agent", *, id: str = "") -> None:
        self.episode = episode
        self.server_name = server
        self.actor = actor
        self.id = id
        """The session id of the handshake era, if it has one."""
        self.era: Era | None = None
        """The generation that a stdio client opened with, None until its first request."""
        self.version: str | None = None
        """The handshake version in force, None before a handshake."""
        self.client: dict[str, Any] = {}
        """What the client said of itself (info and capabilities)."""
        self.heads: dict[int, Any] = {}
        """Heads of HTTP answers as they were last made for this line, for the module that makes them."""
        self.closed = False
        self.listening = False
        """Whether somebody takes messages from the outbox; what is sent to a line that nobody listens to is lost."""
        self.dress: Dress | None = None
        self.transport: Literal["http", "stdio"] = "http"
        self.streams: dict[Any, Connection] = {}
        """Subscriptions that a stdio client holds on this line, by the id of their request."""
        self._outbox: deque[Message] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._pending: dict[Any, asyncio.Future[Message]] | None = None
        self._asked = 0

    @property
    def server(self) -> Server:
        """The server at the other end."""
        return self.episode.servers[self.server_name]

    def listen(self) -> None:
        """Begin to take messages: from now on notifications are kept for `next`."""
        self.listening = True
        self.episode.connections.add(self)

    def deafen(self) -> None:
        """Stop taking messages, as when a client's stream ends; what was not taken is lost."""
        self.listening = False
        self._outbox = None
        self.episode.connections.discard(self)

    def notify(self, message: Message) -> bool:
        """Put a notification in the outbox; False when nobody listens or the client has let it overflow."""
        shaped = self.dress(message) if self.dress else message
        if shaped is None or not self.listening or self.closed:
            return False
        if self._outbox is None:
            self._outbox = deque()
        if len(self._outbox) >= OUTBOX_MAX:
            return False
        self._outbox.append(shaped)
        self._wake()
        return True

    async def next(self) -> Message | None:
        """The next message for the client, waiting for one; None once the line has ended. One caller at a time."""
        while not self._outbox:
            if self.closed or not self.listening:
                return None
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._outbox.popleft()

    def ask(self, method: str, params: Any) -> "asyncio.Future[Message]":
        """Send the client a request; the future becomes its whole response, or `LOST` when the line ends first."""
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        number, self._asked = self._asked, self._asked + 1
        if self._pending is None:
            self._pending = {}
        self._pending[number] = future
        if not self.notify({"jsonrpc": "2.0", "id": number, "method": method, "params": params}):
            self.answered({"id": number, **LOST})
        return future

    def answered(self, response: Message) -> bool:
        """Hand over a client's response; False when nothing waits for that id."""
        waiting = self._pending.pop(response.get("id"), None) if self._pending else None
        if waiting is None or waiting.done():
            return False
        waiting.set_result(response)
        return True

    @property
    def pending(self) -> tuple[Any, ...]:
        """The ids of requests that the client has not answered yet."""
        return tuple(self._pending or ())

    def close(self) -> None:
        """End the line from our side."""
        self.closed = True
        self.episode.connections.discard(self)
        for number in self.pending:
            self.answered({"id": number, **LOST})
        for stream in tuple(self.streams.values()):
            stream.close()
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
