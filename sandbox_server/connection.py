"""One client's line to one server of one episode: who it is, which protocol it speaks, and what waits for it."""

from typing import Any

import anyio

from sandbox_server.episode import Episode
from sandbox_server.family import Server

OUTBOX_MAX = 1_000


class Connection:
    """A client's connection (stdio, one handshake session, or one modern request); identity comes from the URL."""

    def __init__(self, episode: Episode, server: str, actor: str = "agent") -> None:
        self.episode = episode
        self.server_name = server
        self.actor = actor
        self.version: str | None = None
        """The handshake version in force, None before a handshake."""
        self.client: dict[str, Any] = {}
        """What the client said of itself (info and capabilities)."""
        self.closed = False
        self._send, self.outbox = anyio.create_memory_object_stream[dict[str, Any]](OUTBOX_MAX)

    @property
    def server(self) -> Server:
        """The server at the other end."""
        return self.episode.servers[self.server_name]

    def notify(self, message: dict[str, Any]) -> bool:
        """Put a notification (a JSON-RPC message) in the outbox; False when the client has let it overflow."""
        try:
            self._send.send_nowait(message)
        except (anyio.WouldBlock, anyio.ClosedResourceError, anyio.BrokenResourceError):
            return False
        return True

    def close(self) -> None:
        """End the line from our side."""
        if not self.closed:
            self.closed = True
            self._send.close()
            self.episode.connections.discard(self)
