"""Where long calculations go: few threads of their own, so that the loop gets its turns however many are wanted."""

from collections.abc import Callable
from typing import Final, TypeVar

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync

T = TypeVar("T")
THREADS_MAX: Final = 2
"""Calculations at once. They share one interpreter with the loop, which waits for each of them in turn."""
_PLACES: Final[RunVar[CapacityLimiter]] = RunVar("calculations")


async def aside(work: Callable[[], T]) -> T:
    """The result of a calculation that touches nothing others may change; a call that is given up does not wait."""
    return await run_sync(work, limiter=_places(), abandon_on_cancel=True)


def _places() -> CapacityLimiter:
    try:
        return _PLACES.get()
    except LookupError:
        places = CapacityLimiter(THREADS_MAX)
        _PLACES.set(places)
        return places
