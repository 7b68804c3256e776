"""An episode under its director's hands: limits that hold at once, a feed, people from outside, and a lease."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sandbox_server.directing.feed import Feed
from sandbox_server.directing.gate import Gate
from sandbox_server.directing.stand_in import StandIn
from sandbox_server.directing.timing import note_time
from sandbox_server.directing.traces import Traces
from sandbox_server.episode import Episode
from sandbox_server.hooks import Hooks

ANSWERS_MAX: Final = 256
"""How many answers to directives are remembered for whoever asks again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an agent may do."""

    calls: int
    same_call: int | None = None
    stuck_after: int = 0


class Directed:
    """One directed episode. Directives that are sent again, because an answer was lost, are carried out once."""

    def __init__(self, limits: Limits, lease_s: float) -> None:
        self.feed = Feed()
        self.gate = Gate(limits.calls, lambda: self.episode, limits.same_call, limits.stuck_after)
        self.gate.watchers.append(lambda: self.feed.limit(self.gate.why))
        self.lease_s = lease_s
        self._answers: dict[str, asyncio.Task[Any]] = {}
        self._lease: asyncio.TimerHandle | None = None
        self._readers = 0
        self.forsaken: Callable[[], None] = lambda: None
        """Called when nobody has read the feed for as long as the lease says."""

    @property
    def hooks(self) -> Hooks:
        """What stands on the path of each call."""
        return Hooks(call=(self.gate,), state=(note_time,))

    def take(self, episode: Episode, told: Collection[str]) -> None:
        """Take over an episode that was just opened; `told` are the bytes that its director has already."""
        self.episode = episode
        self.feed.follow(episode, Traces(episode.first, told))
        self._renew()

    def seat(self, conversations: Sequence[str], reserved: Mapping[str, str]) -> None:
        """Let people in these conversations be played from outside, and have the servers that are theirs alone."""
        stand_in = StandIn(self.feed)
        self.episode.turns.answerers = dict.fromkeys(conversations, stand_in)
        self.episode.reserved = reserved

    async def read(self, after: int, wait_s: float) -> bytes:
        """The feed after a record; as long as somebody reads, the lease goes on."""
        self._readers += 1
        self._cancel()
        try:
            return await self.feed.after(after, wait_s)
        finally:
            self._readers -= 1
            self._renew()

    async def once(self, reference: str, work: Callable[[], Awaitable[Any]]) -> Any:
        """What a directive comes to; the one that was carried out under that reference before is not again."""
        task = self._answers.get(reference)
        if task is None:
            task = self._answers[reference] = asyncio.ensure_future(work())
            task.add_done_callback(_heard)
            while len(self._answers) > ANSWERS_MAX:
                del self._answers[next(iter(self._answers))]
        return await asyncio.shield(task)

    async def finish(self) -> dict[str, Any]:
        """Let nothing more happen; what was waiting then, the last state, and the last record that counts."""
        episode = self.episode
        unanswered = self.gate.unanswered(episode)
        self.gate.shut()
        episode.waits.let_go()
        await self.gate.emptied()
        async with episode.turn:
            final = episode.world.fork()
            final.run_due(lambda event, error: None)
        return {"unanswered": unanswered, "state": self.feed.final(final), "last": self.feed.last}

    def end(self) -> None:
        """Note that the episode is gone."""
        self.lease_s = 0
        self._cancel()
        self.gate.shut()
        self.feed.end()

    def _renew(self) -> None:
        if self.lease_s and not self._readers:
            self._cancel()
            self._lease = asyncio.get_running_loop().call_later(self.lease_s, lambda: self.forsaken())

    def _cancel(self) -> None:
        if self._lease is not None:
            self._lease.cancel()
            self._lease = None


def _heard(task: "asyncio.Task[Any]") -> None:
    """Look at what a directive came to, also where whoever sent it has left meanwhile."""
    if not task.cancelled():
        task.exception()
