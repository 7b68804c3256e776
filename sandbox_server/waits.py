"""Waiting on a world's clock: overlapping waits of one episode cost the longest of them, not their sum."""

import asyncio
from collections.abc import Awaitable
from heapq import heappop, heappush
from itertools import count
from typing import Final, TypeVar

from worlds.clock import SECOND, Clock

T = TypeVar("T")
_SETTLE_TURNS: Final = 2
"""Turns of the event loop that a virtual clock lets pass before it jumps: what arrived together is seen together."""


class Waits:
    """Who waits for which reading of one clock.

    A `virtual` clock jumps to the earliest deadline once nobody in the episode is busy: everything in progress is
    itself waiting. With the other modes a wait takes real time, after which the clock shows at least the deadline.
    """

    __slots__ = ("_clock", "_numbers", "_sleepers", "busy")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = count()
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
        if self._clock.mode == "virtual":
            await self._jump(deadline_ns)
        else:
            await asyncio.sleep(pause_ns / SECOND)
            self._clock.advance_to(deadline_ns)
            self._clock.leave()

    async def _jump(self, deadline_ns: int) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
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
