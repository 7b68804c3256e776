"""The gate before an episode's servers: lets as many calls through as the limits allow, and none after the end.

Calls of people at the other end of conversations are none of the agent's and are not counted.
"""

from collections.abc import Callable
from typing import Any, Literal

import anyio

from sandbox_server.call import Call, Reply
from sandbox_server.carriers.perform import GONE
from sandbox_server.directing.standstill import Standstill
from sandbox_server.episode import Episode
from sandbox_server.errors import Ended
from sandbox_server.hooks import Proceed
from sandbox_server.ledger import Entry
from worlds.changes import is_users
from worlds.clock import MS

_EMPTY_SECONDS_MAX = 10.0
Limit = Literal["steps", "same_call", "stuck"]


class Gate:
    """A call hook that counts; the call beyond a limit waits until the episode is over."""

    def __init__(
        self,
        calls_max: int,
        episode: Callable[[], Episode],
        same_max: int | None = None,
        stuck_after: int = 0,
    ) -> None:
        """`same_max` is how often the same call that changes nothing may be made in a row.

        `stuck_after` is how many calls in a row may bring nothing new; 0: as many as they like. The `episode` is asked
        for when the first call comes.
        """
        self.calls_max = calls_max
        self.same_max = same_max
        self.calls = 0
        self.exceeded = anyio.Event()
        self.why: Limit = "steps"
        """Which limit was exceeded, if one was."""
        self.watchers: list[Callable[[], None]] = []
        """Called when a limit is exceeded; they must not block."""
        self._episode = episode
        self._standstill = Standstill(stuck_after)
        self._last: Any = None
        self._repeats = 0
        self._shut = anyio.Event()
        self._under_way: dict[int, str] = {}
        """The calls that were let through and are not answered yet, by their arrival."""
        self._idle = anyio.Event()
        self._idle.set()

    async def __call__(self, call: Call, proceed: Proceed) -> Reply:
        """Let a call through, or hold it."""
        if is_users(call.actor) and not self._shut.is_set():
            return await proceed(call)
        if self._shut.is_set() or self._beyond(call):
            self._exceed()
            await self._shut.wait()
            raise Ended("the episode was over before it was the call's turn")
        self.calls += 1
        episode = self._episode()
        before = episode.digest
        self._idle = anyio.Event() if self._idle.is_set() else self._idle
        self._under_way[call.number] = f"{call.server}.{call.tool}"
        try:
            reply = await proceed(call)
        finally:
            del self._under_way[call.number]
            if not self._under_way:
                self._idle.set()
        after = episode.digest
        if after != before:
            self._last, self._repeats = None, 0
        self._standstill.answered(call, reply, episode.world, after, hit=episode.faults.hits(call.number))
        return reply

    def unanswered(self, episode: Episode) -> list[tuple[str, int]]:
        """The calls that a fault keeps waiting at this moment, with their arrivals: their answers come too late."""
        hit = [(name, number) for number, name in self._under_way.items() if episode.faults.hits(number)]
        last = next((entry for entry in reversed(episode.ledger.entries) if entry.kind == "call"), None)
        if last is not None and _is_on_its_way(last, episode.world.clock.now_ns):
            hit.append((f"{last.server}.{last.tool}", last.arrival))
        return hit

    def shut(self) -> None:
        """Let nobody through any more; who waits is sent away."""
        self._shut.set()

    async def emptied(self) -> None:
        """Return when no call is under way any more, or when it takes too long."""
        with anyio.move_on_after(_EMPTY_SECONDS_MAX):
            await self._idle.wait()

    def _exceed(self) -> None:
        is_news = not self.exceeded.is_set()
        self.exceeded.set()
        for watcher in self.watchers if is_news else ():
            watcher()

    def _beyond(self, call: Call) -> bool:
        """Whether a call is one too many; counts how often it came in a row."""
        if self.exceeded.is_set() or self.calls >= self.calls_max:
            return True
        self._standstill.arrived(self._episode().world)
        if self._standstill.is_reached:
            self.why = "stuck"
            return True
        asked = (call.server, call.tool, call.arguments)
        self._repeats = self._repeats + 1 if asked == self._last else 1
        self._last = asked
        if self.same_max is not None and self._repeats > self.same_max:
            self.why = "same_call"
            return True
        return False


def _is_on_its_way(entry: Entry, now_ns: int) -> bool:
    """Whether an answer that a fault delays has not come yet, or came when nobody waited any more."""
    wire = entry.notes.get("wire") or {}
    late_ms = wire.get("late_ms") or wire.get("slow_ms") or 0
    return bool(late_ms) and (entry.delivered == GONE or entry.told_ns + late_ms * MS > now_ns)
