"""Random draws for resampling: a pure function of a seed, so that the same run always gets the same interval."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import shake_128

from worlds.digest import canonical


@dataclass(frozen=True, slots=True)
class Draws:
    """A source of draws, keyed by seed and by what they are for."""

    seed: int = 1

    def indices(self, purpose: str, count: int, below: int) -> list[int]:
        """`count` integers in [0, below), `below` at most 2^20: its bias is below one in 4,000."""
        words = struct.unpack(f"<{count}I", self.bytes_of(purpose, 4 * count))
        return [(word * below) >> 32 for word in words]

    def bytes_of(self, purpose: str, count: int) -> bytes:
        """`count` bytes."""
        return shake_128(canonical([self.seed, purpose])).digest(count)


USUAL: Draws = Draws()
"""What everything that is printed draws from."""


def chosen(values: Sequence[float], indices: Sequence[int]) -> float:
    """The sum of the values at these places."""
    return sum(map(values.__getitem__, indices))
