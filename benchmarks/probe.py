"""Which call holds the event loop, and for how long: each callback of the loop is timed, under its call's name."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

CALL: ContextVar[str] = ContextVar("call", default="the loop itself")
"""The call on whose behalf a task runs; tasks set it, callbacks inherit it."""


@dataclass(slots=True)
class Holds:
    """The longest callbacks by call, in milliseconds: CPU time of the loop's thread, and wall time."""

    cpu_ms: dict[str, float] = field(default_factory=dict)
    wall_ms: dict[str, float] = field(default_factory=dict)

    def note(self, name: str, cpu_ms: float, wall_ms: float) -> None:
        """One callback has run."""
        if cpu_ms > self.cpu_ms.get(name, 0):
            self.cpu_ms[name] = cpu_ms
        if wall_ms > self.wall_ms.get(name, 0):
            self.wall_ms[name] = wall_ms

    def worst(self) -> tuple[str, float]:
        """(call, CPU milliseconds) of the longest callback."""
        return max(self.cpu_ms.items(), key=lambda held: held[1], default=("", 0.0))

    def listed(self, above_ms: float = 0.0) -> list[str]:
        """A line for each call whose longest callback took longer than that, the longest first."""
        found = sorted(self.cpu_ms.items(), key=lambda held: -held[1])
        return [f"{cpu:7.1f} ms CPU {self.wall_ms[name]:7.1f} ms  {name}" for name, cpu in found if cpu > above_ms]


@contextmanager
def probing() -> Iterator[Holds]:
    """Time every callback of asyncio's own loop as long as the block lasts."""
    holds, run = Holds(), asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        cpu, wall = time.thread_time_ns(), time.perf_counter_ns()
        run(handle)
        cpu, wall = time.thread_time_ns() - cpu, time.perf_counter_ns() - wall
        if wall > 1_000_000:
            holds.note(handle._context.get(CALL, "the loop itself"), cpu / 1e6, wall / 1e6)  # type: ignore[attr-defined]

    asyncio.Handle._run = timed  # type: ignore[method-assign, assignment]
    try:
        yield holds
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign]
