"""How long work that many others wait for may go on at a stretch."""

from typing import Final

import anyio.lowlevel

PAUSE_LETTERS: Final = 10_000
"""How many letters of paths are looked at before others get a turn."""


class Pace:
    """Counts what was done, and gives others a turn from time to time."""

    def __init__(self) -> None:
        self._left = PAUSE_LETTERS

    async def step(self, letters: int) -> None:
        """One more path of so many letters; long ones cost more."""
        self._left -= 10 + letters
        if self._left < 0:
            self._left = PAUSE_LETTERS
            await anyio.lowlevel.checkpoint()
