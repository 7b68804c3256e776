"""Whose turn it is to change an episode's world."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

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
        if not self.take():
            await self._wait(self._waiting.append)

    async def seize(self, hurry: Callable[[], Awaitable[None]]) -> None:
        """Have the turn before all who wait for it; `hurry` is called once if somebody holds it. Raises Ended."""
        if not self.take():
            await self._wait(self._waiting.appendleft, hurry)

    async def _wait(
        self, line_up: Callable[[asyncio.Future[None]], None], hurry: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        handed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line_up(handed)
        try:
            if hurry is not None:
                await hurry()
            await handed
        except BaseException:
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

    @asynccontextmanager
    async def seized(self, hurry: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """The turn, had as `seize` gives it, for a block."""
        await self.seize(hurry)
        try:
            yield
        finally:
            self.release()

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
