"""Whose turn it is to change an episode's world."""

import asyncio
from collections import deque

from sandbox_server.errors import Ended


class Turn:
    """Held by whoever changes the world: one effect or one act of the owner at a time, in the order of asking.

    A lock of its own, because most calls find the turn free and then need no coroutine: `take` says so at once.
    """

    __slots__ = ("_episode", "_held", "_over", "_waiting")

    def __init__(self, episode: str) -> None:
        self._episode = episode
        self._held = False
        self._over = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take(self) -> bool:
        """Take the turn if nobody has it or waits for it. Raises Ended when the episode has ended."""
        if self._over:
            raise self._ended()
        if self._held or self._waiting:
            return False
        self._held = True
        return True

    async def acquire(self) -> None:
        """Wait for the turn. Raises Ended when the episode ends first, however long somebody waited."""
        if self.take():
            return
        handed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(handed)
        try:
            await handed
        except asyncio.CancelledError:
            self._give_up(handed)
            raise
        if self._over:
            self.release()
            raise self._ended()

    def release(self) -> None:
        """Hand the turn to the next in line, or to nobody."""
        while self._waiting:
            handed = self._waiting.popleft()
            if not handed.done():
                handed.set_result(None)
                return
        self._held = False

    def locked(self) -> bool:
        """Whether somebody has the turn."""
        return self._held

    def end(self) -> None:
        """Let nobody else have a turn; whoever has it keeps it."""
        self._over = True

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(self, *_: object) -> None:
        self.release()

    def _give_up(self, handed: "asyncio.Future[None]") -> None:
        if handed.done() and not handed.cancelled():
            self.release()  # the turn came just before the cancellation
        elif handed in self._waiting:
            self._waiting.remove(handed)

    def _ended(self) -> Ended:
        return Ended(f"there is no episode {self._episode!r}", hint="it has ended")
