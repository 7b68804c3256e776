"""Where episodes are opened, and how agents from outside reach them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sandbox_server.carriers.http import serve_agents
from sandbox_server.episode import Episode
from sandbox_server.stage import Stage


@dataclass(frozen=True, slots=True)
class House:
    """A stage, and the base of its URLs; empty where nobody listens."""

    stage: Stage
    url: str = ""

    def urls(self, episode: Episode, token: str) -> dict[str, str]:
        """Server name to URL."""
        return {name: f"{self.url}/{token}/{name}/mcp" for name in episode.servers} if self.url else {}


@asynccontextmanager
async def opened_house(*, outside: bool) -> AsyncIterator[House]:
    """A stage for as long as it is needed. With `outside` a listener on loopback serves it to agents, and there is no
    way from it to anything but tools: no admin listener is opened."""
    stage = Stage()
    try:
        if not outside:
            yield House(stage)
            return
        async with serve_agents(stage) as listener:
            yield House(stage, listener.url)
    finally:
        stage.close_all()
