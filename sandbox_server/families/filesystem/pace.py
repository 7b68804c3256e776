"""How long work that many others wait for may go on at a stretch."""

from typing import Final

from sandbox_server.families.filesystem.aside import pause
from worlds.parts.filesystem import FileTree

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
