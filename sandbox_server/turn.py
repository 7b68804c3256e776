"""Whose turn it is to change an episode's world."""

import asyncio
from typing import Literal

from sandbox_server.errors import Ended


class Turn(asyncio.Lock):
    """Held by whoever changes the world: one effect or one act of the owner at a time, in the order of asking."""

    def __init__(self, episode: str) -> None:
        super().__init__()
        self._episode = episode
        self._over = False

    async def acquire(self) -> Literal[True]:
        """Wait for the turn. Raises Ended when the episode ends first, however long somebody waited."""
        await super().acquire()
        if self._over:
            self.release()
            raise Ended(f"there is no episode {self._episode!r}", hint="it has ended")
        return True

    def end(self) -> None:
        """Let nobody else have a turn; whoever has it keeps it."""
        self._over = True
