"""The world under one call, as faults of the state may use it."""

from collections.abc import Iterator, Sequence
from itertools import chain

from sandbox_server.call import Call, Reply
from sandbox_server.episode import Episode
from sandbox_server.errors import NotFound
from sandbox_server.family import Site
from sandbox_server.faults.truth import true_reply
from sandbox_server.hooks import Apply
from worlds.changes import Change
from worlds.clock import MS
from worlds.part import Part
from worlds.world import World


class CallGround:
    """Alive only inside the effect of one call, which holds the episode's turn."""

    def __init__(self, episode: Episode, call: Call, site: Site, apply: Apply) -> None:
        self._episode = episode
        self._call = call
        self._site = site
        self._apply = apply
        self.answer: Reply | None = None
        """What the call was answered last, once it has had its effect."""

    @property
    def world(self) -> World:
        """The episode's world."""
        return self._site.world

    @property
    def part(self) -> Part:
        """The part of the call's server."""
        return self._site.part

    async def apply(self) -> Reply:
        """Let the call have its effect."""
        self.answer = await self._apply(self._call, self._site)
        return self.answer

    async def apply_to(self, world: World) -> Reply | None:
        """What the server answers on another world."""
        reply, _ = await true_reply(self._episode, self._call, world)
        return reply

    def skew(self, by_ms: int) -> None:
        """Let the server believe that it is so much later than it is."""
        self._site.skew_ns = by_ms * MS

    def settle(self, actor: str) -> Sequence[Change]:
        """Put down all changes since the last time to an actor."""
        changes = self.world.settle(actor)
        self._site.settled.extend(changes)
        own = self._call.server
        return [change for change in changes if change.path.startswith((f"{own}.", f"{own}:"))]

    def undo(self) -> None:
        """Go back to the state before the call."""
        self.world.undo(self._episode.parked)
        self._site.settled.clear()

    def older(self, steps: int) -> World | None:
        """A copy of the world as it was so many changes ago."""
        digest, found, parts = self._episode.digest, 0, self._episode.parked.parts
        for world in self._past():
            if world.parts is parts:  # steps that touch nothing share them, and there may be very many
                continue
            parts = world.parts
            if world.content_digest() != digest:
                digest, found = world.content_digest(), found + 1
                if found == steps:
                    return world.fork()
        return None

    def _past(self) -> Iterator[World]:
        """The worlds before this one, the youngest first, as far as they are kept; a fork has a past, too."""
        episode = self._episode
        own = ((episode.history, step) for step in range(episode.step - 1, -1, -1))
        past, last = episode.past or (episode.history, -1)
        for history, step in chain(own, ((past, step) for step in range(last, -1, -1))):
            try:
                yield history.at(step)
            except NotFound:
                return
