"""How long work that many others wait for may go on at a stretch."""

from collections.abc import Callable
from typing import Final, TypeVar

from sandbox_server.aside import Steps, aside, in_turns, pause
from worlds.parts.filesystem import FileTree

T = TypeVar("T")
PAUSE_LETTERS: Final = 10_000
"""How many letters of paths are looked at before others get a turn."""


class Pace:
    """Counts what was done, and gives others a turn from time to time."""

    def __init__(self, tree: FileTree) -> None:
        self._tree = tree
        self._left = PAUSE_LETTERS

    async def step(self, letters: int) -> None:
        """One more path of so many letters; long ones cost more. Raises Interrupted."""
        self._left -= 10 + letters
        if self._left < 0:
            self._left = PAUSE_LETTERS
            await self.turn()

    async def turn(self) -> None:
        """Give others a turn now. Raises Interrupted."""
        await pause(self._tree)

    async def in_turns(self, steps: Steps[T]) -> T:
        """What work in portions comes to. Raises Interrupted."""
        return await in_turns(steps, self._tree)

    async def aside(self, work: Callable[[], T]) -> T:
        """What is calculated in a thread. Raises Interrupted."""
        return await aside(work, self._tree)
