"""Two listeners and what they lead to: a stage for agents, and the admin API by which episodes come and go."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from anyio.to_thread import run_sync

from sandbox_server.admin.app import admin_app
from sandbox_server.admin.control import DEFAULT, Control, Opening
from sandbox_server.admin.worlds import found_world
from sandbox_server.admin.written_profiles import read_profiles
from sandbox_server.carriers.agents import Agents
from sandbox_server.carriers.http import App, Listener
from sandbox_server.dispatch.door import LOOPBACK as LOCAL_NAMES
from sandbox_server.episode import Episode
from sandbox_server.errors import Conflict
from sandbox_server.hands.hands import LENT, Hands
from sandbox_server.serving.serving import LOOPBACKS, Options, check_options
from sandbox_server.stage import Stage
from sandbox_server.standing.addresses import own_address
from sandbox_server.standing.settings import Settings
from worlds import host
from worlds.worldfile import read_world

ADMIN_GRACE_S: Final = 2.0
HANDS_LOST: Final = 3
"""The exit status of a stage that can run no more commands."""


@dataclass(frozen=True, slots=True)
class Told:
    """Where everything is."""

    agents: str
    admin: str
    episode: Mapping[str, Any] = field(default_factory=dict)
    """The world's own episode, where one was asked for."""
    admin_token: str | None = None
    """The owner's token where nobody gave one."""

    def to_json(self) -> dict[str, Any]:
        """One object for programs."""
        token = {"token": self.admin_token} if self.admin_token else {}
        return {"agents": self.agents, "admin": self.admin, **token, **self.episode}


class Standing:
    """A stage by itself; `start`, then `stop`."""

    def __init__(self, settings: Settings) -> None:
        """Raises Conflict for settings that cannot be."""
        check_options(Options(token=settings.token, admin_token=settings.admin_token))
        self.settings = settings
        self.stage = Stage()
        self.control = Control(self.stage, "")
        self._hands: Hands | None = None
        self._agents: Listener | None = None
        self._admin: Listener | None = None

    async def start(self) -> Told:
        """Open both listeners, and the world's episode where one is asked for. Raises WorldError or StageError; then
        nothing is left open."""
        try:
            return await self._started()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Drain: answers in progress end first, while their owner can still look; then everything else does."""
        self._end_connections()
        if self._agents is not None:
            await self._agents.stop()
        self.control.stopping.set()
        if self._admin is not None:
            await self._admin.stop()
        self.stage.close_all()
        if self._hands is not None:
            LENT.hands = None
            self._hands.stop()

    async def _started(self) -> Told:
        settings = self.settings
        token = settings.admin_token or host.secret()
        public = urlsplit(settings.public_url or "").hostname
        names = [name for name in (settings.host, settings.admin_host, public) if name and "/" not in name]
        await self._lend_hands()
        self._agents = await _listening(self._door(), settings.host, settings.port, settings.grace_s)
        self.control.agents_url = (settings.public_url or self._agents.url).rstrip("/")
        opened = await self._opened()
        admin = admin_app(self.control, token, names=names)
        self._admin = await _listening(admin, settings.admin_host, settings.admin_port, ADMIN_GRACE_S)
        return Told(self.control.agents_url, self._admin.url, opened, None if settings.admin_token else token)

    async def _lend_hands(self) -> None:
        """Wait for those who run commands, where some are to come. A stage that loses one of them ends at once: what
        its agents were told would be no fault of theirs. Raises Conflict."""
        if self.settings.hands is None:
            return
        self._hands = Hands(Path(self.settings.hands), self.settings.hands_count, lost=lambda: os._exit(HANDS_LOST))
        try:
            await self._hands.start()
        except OSError as error:
            raise Conflict(f"no socket can be made at {self.settings.hands}: {error.strerror or error}") from None
        LENT.hands = self._hands

    def _door(self) -> Agents:
        """On loopback only local names lead in; elsewhere any may, because owners name containers as they like."""
        local = self.settings.host in LOOPBACKS and self.settings.public_url is None
        return Agents(self.stage, hosts=LOCAL_NAMES if local else None)

    async def _opened(self) -> dict[str, Any]:
        """The world that was asked for, as the episode `default`."""
        settings = self.settings
        if settings.world is None:
            return {}
        found = found_world(await run_sync(read_world, settings.world))
        presentation = await self.control.presentations.get(
            found, found.seed if settings.seed is None else settings.seed
        )
        faults = await run_sync(read_profiles, settings.faults)
        opening = Opening(presentation, settings.clock, DEFAULT, settings.token, faults=faults)
        return self._shown(await found.begun(self.control.open(opening)))

    def _shown(self, episode: Episode) -> dict[str, Any]:
        token = next(iter(episode.credentials))
        servers = self.control.urls(token, episode.offered("agent"))
        return {"episode": episode.id, "servers": servers, "digest": episode.digest.hex()}

    def _end_connections(self) -> None:
        for episode in self.stage.episodes.values():
            for connection in tuple(episode.connections):
                connection.close()


async def _listening(app: App, place: str, port: int, grace_s: float) -> Listener:
    """A listener that listens. Raises Conflict."""
    listener = Listener(app, own_address(place), port, grace_seconds=grace_s)
    try:
        await listener.start()
    except OSError as error:
        raise Conflict(f"cannot listen on {listener.host}:{port}: {error.strerror or error}") from None
    return listener
