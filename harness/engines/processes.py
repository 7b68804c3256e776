"""Play episodes in processes of this machine: all its cores, and none falls with another."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from harness.engine import EngineError, EngineOptions, engines
from harness.recording.run_folder import RunFolder
from harness.running.order import Order
from harness.working.job import brief_of
from harness.working.pool import Pool, opened_pool


@engines.register("processes")
class Processes:
    """Each process prepares what it plays once and writes to the run's folder; one that dies costs one attempt."""

    def parallel(self, options: EngineOptions) -> int:
        """How many episodes at a time keep it busy: one a process."""
        return options.workers or _cores()

    def check(self, order: Order) -> None:
        """Refuse agents that need this process."""
        if order.agent.kind == "external":
            raise EngineError(
                "external agents need a terminal, which processes have none of", hint="--engine inprocess"
            )

    @asynccontextmanager
    async def opened(self, order: Order, folder: RunFolder | None) -> AsyncIterator[Pool]:
        """The processes; never more than there are episodes at a time. Raises EngineError where they refuse the run."""
        count = min(order.engine.workers or _cores(), order.parallel)
        async with opened_pool(brief_of(order, folder), count) as pool:
            yield pool


def _cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows do not tell
        return os.cpu_count() or 1
