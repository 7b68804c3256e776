"""Where episodes are opened, and how agents from outside reach them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.recording.states import States, folder_beside
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
    states: dict[Path, States] = field(default_factory=dict)
    """By folder, where the states of what is recorded are kept."""

    def states_for(self, record: Path) -> States:
        """Where the states of a trajectory are kept."""
        folder = folder_beside(record)
        if folder not in self.states:
            self.states[folder] = States(folder)
        return self.states[folder]

    def release(self, record: Path) -> None:
        """Close where the states of a trajectory are kept: nothing more is recorded there. Raises OSError."""
        states = self.states.pop(folder_beside(record), None)
        if states is not None:
            states.close()

    def close(self) -> None:
        """End what is open. Raises OSError where states cannot be written."""
        self.stage.close_all()
        for states in self.states.values():
            states.close()

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
