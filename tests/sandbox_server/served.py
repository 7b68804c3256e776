"""A stage that listens, as tests see it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox_server.carriers.http import Listener
from sandbox_server.episode import Episode
from sandbox_server.stage import Stage
from tests.sandbox_server.wire import Header, Seen, Session, modern, send

CALL = modern("tools/call", {"name": "noop", "arguments": {"x": "still here"}})


@dataclass
class Served:
    """A stage with one open episode of the plain world."""

    stage: Stage
    episode: Episode
    listener: Listener
    path: str = "/token/plain/mcp"

    @property
    def port(self) -> int:
        return self.listener.port

    @property
    def url(self) -> str:
        """Where an MCP client connects."""
        return f"{self.listener.url}{self.path}"

    async def send(
        self, body: bytes = b"", headers: Mapping[str, Header] | None = None, method: str = "POST", path: str = ""
    ) -> Seen:
        """One raw request."""
        return await send(self.port, path or self.path, body, headers, method)

    async def session(self, version: str = "2025-11-25") -> Session:
        """A client of the handshake era."""
        return await Session(self.port, self.path).open(version)


async def still_serves(served: Served) -> bool:
    """Whether somebody else's call is answered."""
    seen = await served.send(*CALL)
    return bool(seen.json["result"]["content"][0]["text"] == "still here")
