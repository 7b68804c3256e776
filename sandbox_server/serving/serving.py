"""A stage that stays open: the agents' listener, the admin listener, the default episode, and what is remembered."""

import asyncio
import logging
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from anyio.to_thread import run_sync

from sandbox_server.admin.app import admin_app
from sandbox_server.admin.control import ACTOR, DEFAULT, RESERVED_ACTORS, Control, Opening
from sandbox_server.admin.worlds import Finder, Found, Presentations
from sandbox_server.admin.written_profiles import read_profiles
from sandbox_server.carriers.agents import Agents
from sandbox_server.carriers.http import Listener
from sandbox_server.dispatch.door import LOOPBACK as LOCAL_NAMES
from sandbox_server.episode import Episode
from sandbox_server.errors import Conflict, StageError
from sandbox_server.ledger import Entry
from sandbox_server.serving.finding import alive
from sandbox_server.serving.memory import Memory, Remembered, Running
from sandbox_server.serving.ports import Wish, open_listener
from sandbox_server.serving.relays import Relays
from sandbox_server.stage import Stage
from sandbox_server.web import Service, services_of
from worlds import host
from worlds.clock import Mode
from worlds.part import Warming
from worlds.world import World

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
LOOPBACKS = (LOOPBACK, "localhost", "::1")
_TOKEN = re.compile(r"[A-Za-z0-9._~-]{8,200}")
Watcher = Callable[[Episode, Entry], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How to serve; what is None is remembered, or made up and then remembered."""

    host: str = LOOPBACK
    port: int | None = None
    admin_host: str = LOOPBACK
    admin_port: int | None = None
    public_url: str | None = None
    """Where agents reach the agents' listener from elsewhere."""
    token: str | None = None
    admin_token: str | None = None
    seed: int | None = None
    clock: Mode = "flowing"
    actors: Sequence[str] = ()
    faults: Sequence[str] = ()
    """Fault profiles by name or path; `a+b` names two."""
    faults_seed: int | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """Where everything is."""

    episode: str
    servers: Mapping[str, str]
    """Server name to URL, for the agent."""
    actors: Mapping[str, Mapping[str, str]]
    """The same for each named credential."""
    admin: str
    """The admin listener's URL."""
    admin_token: str
    digest: str
    services: Mapping[str, Service] = field(default_factory=dict)
    """By name, where servers that are services answer the agent's plain HTTP."""
    warnings: Sequence[str] = field(default_factory=tuple)


def check_options(options: Options) -> None:
    """Refuse tokens that do not fit a URL and actors that cannot be told apart. Raises Conflict."""
    for token in (options.token, options.admin_token):
        if token is not None and not _TOKEN.fullmatch(token):
            raise Conflict("a token is 8 to 200 letters, digits and - . _ ~", hint="`openssl rand -hex 16` makes one")
    if options.token is not None and options.token == options.admin_token:
        raise Conflict("the agent's token must not be the owner's")
    for actor in options.actors:
        if not ACTOR.fullmatch(actor) or actor in RESERVED_ACTORS:
            raise Conflict(
                f"{actor!r} cannot name an actor",
                hint=f"use lower-case letters, digits, - and _, and none of: {', '.join(RESERVED_ACTORS)}",
            )


class Serving:
    """One world being served; `start`, then `stop`."""

    def __init__(self, found: Found, memory: Memory, options: Options, finder: Finder | None = None) -> None:
        """Raises Conflict for options that cannot be."""
        check_options(options)
        self.found = found
        self.memory = memory
        self.options = options
        self.stage = Stage()
        self.control = Control(self.stage, "", Presentations(finder))
        self.relay_token = host.secret()
        self.relays = Relays(self._agents_app(), self.stage, self.relay_token, DEFAULT)
        self._listeners: list[Listener] = []
        self._warming: asyncio.Task[None] | None = None

    async def start(self, watch: Watcher | None = None) -> Ready:
        """Build the world, open the default episode and both listeners. `watch` sees every ledger entry and must not
        block. Raises WorldError or StageError; then nothing is left open."""
        try:
            return await self._started(watch)
        except BaseException:
            await self._close()
            raise

    async def stop(self) -> None:
        """End streams, then listeners, then episodes, and note that nothing runs any more."""
        await self._close()
        with suppress(StageError):  # what cannot be noted was said at the start, or is told by the missing process
            self.memory.forget_running(os.getpid())

    async def _started(self, watch: Watcher | None) -> Ready:
        options, kept = self.options, self.memory.read()
        other = kept.running if await run_sync(alive, kept.running) else None
        self.control.watch = watch
        tokens = self._tokens(kept)
        seed = self.found.seed if options.seed is None else options.seed
        presentation = await self.control.presentations.get(self.found, seed)
        actors = [(actor, tokens.actors[actor]) for actor in options.actors]
        profiles = await run_sync(read_profiles, options.faults)
        opening = Opening(
            presentation, options.clock, DEFAULT, tokens.token, actors,
            faults=profiles, faults_seed=options.faults_seed,
        )  # fmt: skip
        episode = await self.found.begun(self.control.open(opening))
        warnings = await self._listen(tokens, other)
        if other is None:
            warnings += self._remembered(kept, tokens)
        self._warming = asyncio.create_task(run_sync(_warm, episode.world))
        return self._ready(episode, tokens, [*warnings, *presentation.doubts])

    def _tokens(self, kept: Remembered) -> Remembered:
        """What is remembered, with what was asked for instead, and with what is missing made up."""
        options = self.options
        return replace(
            kept,
            token=options.token or kept.token or host.secret(),
            admin_token=options.admin_token or kept.admin_token or host.secret(),
            actors={**kept.actors, **{name: kept.actors.get(name) or host.secret() for name in options.actors}},
        )

    async def _listen(self, tokens: Remembered, other: Running | None) -> list[str]:
        """Open both listeners; returns what their owner should know."""
        options, name = self.options, self.memory.world
        agents = Wish(options.port, tokens.port, name, "the servers")
        admin = Wish(options.admin_port, tokens.admin_port, f"{name} admin", "the admin API")
        warnings = [f"{name} is being served already, by process {other.pid}"] if other else []
        for app, address, wish in (
            (self.relays, options.host, agents),
            (admin_app(self.control, tokens.admin_token, names=self._names()), options.admin_host, admin),
        ):
            opened = await open_listener(app, address, wish)
            self._listeners.append(opened.listener)
            warnings += [opened.warning] if opened.warning else []
        self.control.agents_url = (options.public_url or self._listeners[0].url).rstrip("/")
        return warnings

    def _agents_app(self) -> Agents:
        """On loopback only local names lead to the servers; elsewhere any may, because proxies choose their own."""
        local = self.options.host in LOOPBACKS and self.options.public_url is None
        return Agents(self.stage, hosts=LOCAL_NAMES if local else None)

    def _names(self) -> list[str]:
        """Host names, beside localhost and addresses, under which the listeners may be asked."""
        public = urlsplit(self.options.public_url or "").hostname
        return [name for name in (self.options.host, self.options.admin_host, public) if name]

    def _remembered(self, kept: Remembered, tokens: Remembered) -> list[str]:
        """Remember, where that is possible; otherwise what the owner has to do without."""
        try:
            self._remember(kept, tokens)
        except StageError as error:
            return [f"{error.message}; other tokens will hold next time, and `reset`, `tail` and relays do not find it"]
        return []

    def _remember(self, kept: Remembered, tokens: Remembered) -> None:
        """Keep ports that were derived and tokens that were made up, and say where this stage runs."""
        options = self.options
        agents, admin = self._listeners
        self.memory.write(
            Remembered(
                port=kept.port or (agents.port if options.port is None else 0),
                admin_port=kept.admin_port or (admin.port if options.admin_port is None else 0),
                token=kept.token or ("" if options.token else tokens.token),
                admin_token=kept.admin_token or ("" if options.admin_token else tokens.admin_token),
                actors=tokens.actors,
                running=Running(os.getpid(), admin.url, tokens.admin_token, agents.url, self.relay_token),
            )
        )

    def _ready(self, episode: Episode, tokens: Remembered, warnings: Sequence[str]) -> Ready:
        urls = self.control.urls
        return Ready(
            episode=episode.id,
            servers=urls(tokens.token, episode.offered("agent")),
            actors={name: urls(tokens.actors[name], episode.offered(name)) for name in self.options.actors},
            admin=self._listeners[1].url,
            admin_token=tokens.admin_token,
            digest=episode.digest.hex(),
            services=services_of(episode.offered("agent"), self.control.agents_url, tokens.token),
            warnings=tuple(warnings),
        )

    async def _close(self) -> None:
        self.control.stopping.set()
        if self._warming is not None:
            await asyncio.wait((self._warming,))
        self.relays.close()
        for episode in self.stage.episodes.values():
            for connection in tuple(episode.connections):
                connection.close()
        for listener in reversed(self._listeners):
            await listener.stop()
        self._listeners.clear()
        self.stage.close_all()


def _warm(world: World) -> None:
    """Start what first calls would wait for; they start it themselves where that fails."""
    for part in world.parts.values():
        if isinstance(part, Warming):
            try:
                part.warm()
            except OSError:
                log.warning("a process could not be started", exc_info=True)
