"""Where long calculations go: few threads of their own, so that the loop gets its turns however many are wanted."""

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple, TypeVar

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar, checkpoint
from anyio.to_thread import run_sync

from sandbox_server.families.filesystem.myers import Steps

T = TypeVar("T")
THREADS_MAX: Final = 2
"""Calculations at once. They share one interpreter with the loop, which waits for each of them in turn."""
_PLACES: Final[RunVar[CapacityLimiter]] = RunVar("calculations")


async def aside(work: Callable[[], T]) -> T:
    """The result of a calculation that touches nothing others may change; a call that is given up does not wait."""
    return await run_sync(work, limiter=_places(), abandon_on_cancel=True)


async def in_turns(steps: Steps[T], *, long: bool) -> T:
    """What work in portions comes to, others having their turns in between; long portions are done aside.

    Short ones are not: a thread that calculates without end makes whoever calls an engine wait for each call's return.
    """
    aside_next = long
    while True:
        portion = partial(_next, steps)
        found = await aside(portion) if aside_next else portion()
        if found.over:
            return found.result  # type: ignore[return-value]
        aside_next = long and not found.short
        await checkpoint()


class _Portion(NamedTuple):
    over: bool
    short: bool = True
    result: object = None


def _next(steps: Steps[T]) -> _Portion:
    """Go on to the next pause, or to the end."""
    try:
        return _Portion(over=False, short=next(steps))
    except StopIteration as end:
        return _Portion(over=True, result=end.value)


def _places() -> CapacityLimiter:
    try:
        return _PLACES.get()
    except LookupError:
        places = CapacityLimiter(THREADS_MAX)
        _PLACES.set(places)
        return places
