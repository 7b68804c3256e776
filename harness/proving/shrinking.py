"""The smallest part of a list that still does what the whole does."""

import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shrunk(Generic[T]):
    """What came of it."""

    kept: list[T]
    is_least: bool
    """Whether nothing of it can be left out any more; False where the tries were used up before that was known."""


async def shrunk(
    whole: Sequence[T], does: Callable[[Sequence[T]], Awaitable[bool]], tries_max: int | None = None
) -> Shrunk[T]:
    """A part of which nothing can be left out any more (delta debugging: Zeller and Hildebrandt, 2002).

    `does` is asked about parts, never about the whole, and at most `tries_max` times.
    """
    tries = _Tries(does, tries_max)
    kept, pieces = list(whole), 2
    while len(kept) > 1:
        smaller = await _smaller(kept, min(pieces, len(kept)), tries)
        if smaller is not None:
            kept, pieces = smaller, 2
        elif tries.refused:
            return Shrunk(kept, is_least=False)
        elif pieces >= len(kept):
            break
        else:
            pieces *= 2
    return Shrunk(kept, is_least=True)


@dataclass(slots=True)
class _Tries(Generic[T]):
    """A question that may be asked so many times."""

    does: Callable[[Sequence[T]], Awaitable[bool]]
    left: int | None
    refused: bool = False

    async def __call__(self, part: Sequence[T]) -> bool:
        """The answer; no, once there are no more tries."""
        if self.left is not None:
            self.refused = self.left <= 0
            if self.refused:
                return False
            self.left -= 1
        return await self.does(part)


async def _smaller(kept: list[T], pieces: int, does: Callable[[Sequence[T]], Awaitable[bool]]) -> list[T] | None:
    """The first piece, or the first complement of one, that still does it."""
    bounds = [len(kept) * number // pieces for number in range(pieces + 1)]
    parts = [kept[start:end] for start, end in itertools.pairwise(bounds)]
    rests = [[*kept[:start], *kept[end:]] for start, end in itertools.pairwise(bounds)]
    for part in [*parts, *(rests if pieces > 2 else [])]:
        if await does(part):
            return part
    return None
