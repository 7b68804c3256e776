"""Where long calculations go: in portions between other episodes' calls, and where there are none, into few threads."""

import asyncio
from collections.abc import Callable, Generator
from typing import Final, Protocol, TypeAlias, TypeVar

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar, checkpoint
from anyio.to_thread import run_sync

from sandbox_server.errors import Interrupted
from worlds import host

T = TypeVar("T")
Steps: TypeAlias = Generator[None, None, T]
"""Work that yields before each portion; one takes a millisecond or so."""
TURN_NS: Final = 1_000_000
"""How long portions go on before others get a turn."""
THREADS_MAX: Final = 2
"""Calculations at once. They share one interpreter with the loop, which waits for each of them in turn."""
LOOK_SECONDS: Final = 0.05
"""Real time between two looks whether a calculation is still wanted."""
_PLACES: Final[RunVar[CapacityLimiter]] = RunVar("calculations")


class Disturbed(Protocol):
    """Something whose owner may want long work on it to end."""

    interrupted: bool


async def aside(work: Callable[[], T], part: Disturbed) -> T:
    """The result of a calculation that touches nothing others may change; a call that is given up does not wait.

    Raises Interrupted as `pause` does.
    """
    task = asyncio.create_task(run_sync(work, limiter=_places(), abandon_on_cancel=True))
    try:
        while not task.done():
            await asyncio.wait((task,), timeout=LOOK_SECONDS)
            _demand_peace(part)
        return task.result()
    finally:
        task.cancel()


async def in_thread(work: Callable[[], T]) -> T:
    """The result of work that touches nothing others may change and that must come to its end."""
    return await run_sync(work, limiter=_places())


async def pause(part: Disturbed) -> None:
    """Give others a turn. Raises Interrupted when the part's owner wants this call to end."""
    await checkpoint()
    _demand_peace(part)


async def in_turns(steps: Steps[T], part: Disturbed) -> T:
    """What work in portions comes to, others having their turns in between. Raises Interrupted as `pause` does.

    A thread would not do: whoever calls an engine waits for each call's return while one calculates.
    """
    end_ns = host.monotonic_ns() + TURN_NS
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: T = end.value
            return found
        if host.monotonic_ns() > end_ns:
            await pause(part)
            end_ns = host.monotonic_ns() + TURN_NS


def _demand_peace(part: Disturbed) -> None:
    if part.interrupted:
        raise Interrupted("the work was interrupted")


def _places() -> CapacityLimiter:
    try:
        return _PLACES.get()
    except LookupError:
        places = CapacityLimiter(THREADS_MAX)
        _PLACES.set(places)
        return places
