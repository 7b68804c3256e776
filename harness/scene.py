"""The contract of a scene: where one episode takes place while it runs, in this process or on a stage elsewhere."""

from collections.abc import Mapping
from typing import Protocol

from harness.acting.client import Client
from harness.recording.record import Recorder
from harness.trajectory import Departure
from sandbox_server.directing.gate import Limit
from sandbox_server.episode import Episode
from sandbox_server.web import Service
from worlds.world import World


class Scene(Protocol):
    """An open episode: what its agent is given, what is recorded of it, and how it ends."""

    episode: Episode
    """The episode, or what shadows it here."""
    recorder: Recorder
    client: Client
    """For agents that act in this process."""
    urls: Mapping[str, str]
    services: Mapping[str, Service]

    async def greeted(self) -> None:
        """Let everybody at the other end of a conversation write first."""
        ...

    async def exceeded(self) -> Limit:
        """Wait until a limit of calls is exceeded. Raises PlaceLost where the episode is gone."""
        ...

    async def ended(self, departure: Departure) -> tuple[Departure, World]:
        """Let nothing more happen; returns the departure with the calls that were waiting then, and the last state.

        Calls that a fault still holds up end unanswered, so that the record has what they did. Raises PlaceLost.
        """
        ...

    async def close(self) -> None:
        """Give everything back; a record that has no end yet keeps the steps that it has."""
        ...
