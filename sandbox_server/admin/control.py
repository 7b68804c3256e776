"""What the admin API works with: the stage, the worlds it can open, where agents reach it, and what it counted."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import anyio

from fault_injection.profile import Profile
from sandbox_server.admin.metrics import Metrics
from sandbox_server.admin.worlds import Presentations
from sandbox_server.directing.directing import Directing
from sandbox_server.episode import Episode
from sandbox_server.hands.hands import refuse_without_hands
from sandbox_server.hooks import NO_HOOKS, Hooks
from sandbox_server.ledger import Entry, Sink
from sandbox_server.presentation import Presentation
from sandbox_server.stage import Stage
from worlds import host
from worlds.clock import Mode
from worlds.errors import Problem
from worlds.world import World

DEFAULT = "default"
ACTOR = re.compile(r"[a-z][a-z0-9_-]{0,63}")
RESERVED_ACTORS = ("agent", "agenda", "fault", "owner", "server")
"""Names of those who act without a credential of their own."""


@dataclass(frozen=True, slots=True)
class Opening:
    """How an episode is to be opened."""

    presentation: Presentation
    mode: Mode = "flowing"
    id: str | None = None
    token: str | None = None
    actors: Sequence[tuple[str, str | None]] = ()
    """Named credentials beside the agent's: actor and token (None: a new one)."""
    sinks: tuple[Sink, ...] = ()
    faults: Sequence[Profile] = ()
    """What may go wrong from the start."""
    faults_seed: int | None = None
    faults_noted: bool = True
    """Whether the ledger says that they were put in force."""
    hooks: Hooks = NO_HOOKS


@dataclass(slots=True)
class Control:
    """One stage under its owner's hands."""

    stage: Stage
    agents_url: str
    """Where agents reach the stage, without a slash at the end."""
    presentations: Presentations = field(default_factory=Presentations)
    metrics: Metrics = field(default_factory=Metrics)
    directing: Directing = field(default_factory=Directing)
    watch: Callable[[Episode, Entry], None] | None = None
    """Sees every ledger entry of every episode; must not block."""
    instance: str = field(default_factory=lambda: host.secret(6))
    """Tells this stage from the one before it, so that a resumed stream does not skip what is new."""
    stopping: anyio.Event = field(default_factory=anyio.Event)
    """Set when the stage is about to end, so that streams end first."""

    def open(self, opening: Opening) -> Episode:
        """Open an episode with all its credentials. Raises Conflict, Unfit for faults that cannot be there, and
        HandsMissing for servers whose commands nobody here runs."""
        refuse_without_hands(opening.presentation.servers)
        world = opening.presentation.world.fork()
        world.clock.restore(replace(world.clock.state(), mode=opening.mode))
        episode = self.stage.open(
            opening.presentation, id=opening.id, token=opening.token, world=world, sinks=opening.sinks,
            hooks=opening.hooks,
        )  # fmt: skip
        for actor, token in opening.actors:
            self.stage.admit(episode, actor, token)
        if opening.faults:
            try:
                episode.faults.put(opening.faults, seed=opening.faults_seed, note=opening.faults_noted)
            except Problem:
                self.stage.close(episode.id)
                raise
        return self.watched(episode)

    def watched(self, episode: Episode) -> Episode:
        """Count an episode and what happens in it."""
        self.metrics.episodes_opened += 1
        episode.ledger.watchers.add(self.metrics.saw)
        watch = self.watch
        if watch is not None:
            episode.ledger.watchers.add(lambda entry: watch(episode, entry))
        return episode

    def urls(self, token: str, servers: Iterable[str]) -> dict[str, str]:
        """Where a credential reaches each server."""
        return {server: f"{self.agents_url}/{token}/{server}/mcp" for server in servers}


def kept_world(episode: Episode, moment: str | None) -> World:
    """The world at a moment: None (now), `first`, a step's number or a snapshot's id. Nobody changes it; NotFound."""
    if moment in (None, "", "now"):
        return episode.parked
    if moment == "first":
        return episode.first
    if str(moment).isdecimal():
        return episode.find(step=int(str(moment))).world
    return episode.find(snapshot=moment).world
