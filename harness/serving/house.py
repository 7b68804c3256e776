"""Where episodes are opened, and how agents from outside reach them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.recording.states import Shelves, States
from sandbox_server.carriers.http import serve_agents
from sandbox_server.dispatch.door import LOOPBACK
from sandbox_server.episode import Episode
from sandbox_server.stage import Stage
from sandbox_server.web import Service, services_of


@dataclass(frozen=True, slots=True)
class House:
    """A stage, and the base of its URLs; empty where nobody listens."""

    stage: Stage
    url: str = ""
    shelves: Shelves = field(default_factory=Shelves)
    """Where the states of what is recorded are kept."""

    def states_for(self, record: Path) -> States:
        """Where the states of a trajectory are kept."""
        return self.shelves.states_for(record)

    def release(self, record: Path) -> None:
        """Close where the states of a trajectory are kept: nothing more is recorded there. Raises OSError."""
        self.shelves.release(record)

    def close(self) -> None:
        """End what is open. Raises OSError where states cannot be written."""
        self.stage.close_all()
        self.shelves.close()

    def urls(self, episode: Episode, token: str) -> dict[str, str]:
        """Server name to URL."""
        offered = episode.offered("agent")
        return {name: f"{self.url}/{token}/{name}/mcp" for name in offered} if self.url else {}

    def services(self, episode: Episode, token: str) -> dict[str, Service]:
        """By name, where servers that are services answer plain HTTP."""
        return services_of(episode.offered("agent"), self.url, token) if self.url else {}


@asynccontextmanager
async def opened_house(address: str | None) -> AsyncIterator[House]:
    """A stage for as long as it is needed. A listener at `address`, if any, serves it to agents, and there is no way
    from it to anything but tools: no admin listener is opened. Raises OSError."""
    house = House(Stage())
    try:
        if address is None:
            yield house
            return
        async with serve_agents(house.stage, address, hosts=(*LOOPBACK, address)) as listener:
            yield replace(house, url=listener.url)
    finally:
        house.close()
