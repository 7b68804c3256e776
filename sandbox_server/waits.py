"""Waiting on a world's clock: overlapping waits of one episode cost the longest of them, not their sum."""

import asyncio
from collections.abc import Awaitable
from heapq import heappop, heappush
from itertools import count
from typing import Final, TypeVar

from sandbox_server.errors import Ended
from worlds.clock import SECOND, Clock

T = TypeVar("T")
_SETTLE_TURNS: Final = 2
"""Turns of the event loop that a virtual clock lets pass before it jumps: what arrived together is seen together."""


class Waits:
    """Who waits for which reading of one clock.

    A `virtual` clock jumps to the earliest deadline once nobody in the episode is busy: everything in progress is
    itself waiting. With the other modes a wait takes real time, after which the clock shows at least the deadline.
    """

    __slots__ = ("_clock", "_held", "_numbers", "_sleepers", "busy", "until_ns")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._held: set[asyncio.Future[None]] = set()
        """Those of them that hold up a call which is not answered yet."""
        self.until_ns: int | None = None
        """Until when calls can be held up; None: as long as it takes."""
        self.busy = 0
        """Requests of the episode in progress that do not wait."""

    def enter(self) -> None:
        """Count one more request as busy; without it a virtual clock would jump over what is in progress."""
        self.busy += 1

    def leave(self) -> None:
        """Count one request less."""
        self.busy -= 1
        if self._sleepers:
            self._consider()

    async def aside(self, awaitable: Awaitable[T]) -> T:
        """Await what another request of the episode holds, and do not count as busy meanwhile."""
        self.leave()
        try:
            return await awaitable
        finally:
            self.busy += 1

    async def wait(self, pause_ns: int) -> None:
        """Wait some nanoseconds of world time, counted from now. The caller counts as busy, before and after."""
        if pause_ns <= 0:
            return
        deadline_ns = self._clock.now_ns + pause_ns
        await self._until(deadline_ns, pause_ns, asyncio.get_running_loop().create_future())

    async def hold(self, pause_ns: int) -> None:
        """Wait as `wait` does, inside a call. Raises Ended when nobody will hear its answer."""
        if pause_ns <= 0:
            return
        deadline_ns = self._clock.now_ns + pause_ns
        if self.until_ns is not None and deadline_ns > self.until_ns:
            raise Ended("nobody waits for the answer any more")
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held.add(future)
        try:
            await self._until(deadline_ns, pause_ns, future)
        finally:
            self._held.discard(future)

    def let_go(self) -> None:
        """Let calls be held up no longer: those that are, or would be, meet Ended."""
        self.until_ns = self._clock.now_ns
        for future in tuple(self._held):
            if not future.done():
                self.busy += self._clock.mode == "virtual"
                future.set_exception(Ended("nobody waits for the answer any more"))

    async def _until(self, deadline_ns: int, pause_ns: int, future: asyncio.Future[None]) -> None:
        if self._clock.mode == "virtual":
            await self._jump(deadline_ns, future)
            return
        timer = asyncio.get_running_loop().call_later(pause_ns / SECOND, _wake, future)
        try:
            await future
        finally:
            timer.cancel()
        self._clock.advance_to(deadline_ns)
        self._clock.leave()

    async def _jump(self, deadline_ns: int, future: asyncio.Future[None]) -> None:
        heappush(self._sleepers, (deadline_ns, next(self._numbers), future))
        self.busy -= 1
        self._consider()
        try:
            await future
        finally:
            if not future.done() or future.cancelled():  # cancelled: whoever wakes a sleeper counts it as busy already
                future.cancel()
                self.busy += 1

    def _consider(self) -> None:
        if self.busy <= 0:
            asyncio.get_running_loop().call_soon(self._advance, _SETTLE_TURNS)

    def _advance(self, turns: int) -> None:
        """Wake the sleeper with the earliest deadline, unless somebody became busy meanwhile."""
        if self.busy > 0:
            return
        if turns:
            asyncio.get_running_loop().call_soon(self._advance, turns - 1)
            return
        while self._sleepers:
            deadline_ns, _, future = heappop(self._sleepers)
            if not future.done():
                self._clock.advance_to(deadline_ns)
                self.busy += 1
                future.set_result(None)
                return


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
