"""The smallest part of a list that still does what the whole does."""

import itertools
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


async def shrunk(whole: Sequence[T], does: Callable[[Sequence[T]], Awaitable[bool]]) -> list[T]:
    """A part of which nothing can be left out any more (delta debugging: Zeller and Hildebrandt, 2002).

    `does` is asked about parts, never about the whole.
    """
    kept, pieces = list(whole), 2
    while len(kept) > 1:
        smaller = await _smaller(kept, min(pieces, len(kept)), does)
        if smaller is not None:
            kept, pieces = smaller, 2
        elif pieces >= len(kept):
            break
        else:
            pieces *= 2
    return kept


async def _smaller(kept: list[T], pieces: int, does: Callable[[Sequence[T]], Awaitable[bool]]) -> list[T] | None:
    """The first piece, or the first complement of one, that still does it."""
    bounds = [len(kept) * number // pieces for number in range(pieces + 1)]
    parts = [kept[start:end] for start, end in itertools.pairwise(bounds)]
    rests = [[*kept[:start], *kept[end:]] for start, end in itertools.pairwise(bounds)]
    for part in [*parts, *(rests if pieces > 2 else [])]:
        if await does(part):
            return part
    return None
