"""Worker processes of one run: as many as are useful, each replaced when it dies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskGroup

from harness.plan import Plan
from harness.recording.summary import Summary
from harness.trajectory import Trajectory
from harness.working.answer import played_by
from harness.working.job import Brief, job_of
from harness.working.process import WorkerProcess


class Pool:
    """A place that is several processes."""

    def __init__(self, brief: Brief, count: int, group: TaskGroup) -> None:
        self._brief = brief
        self._count = count
        self._group = group
        self.workers: list[WorkerProcess] = []

    async def play(self, plan: Plan) -> Trajectory | Summary:
        """Play an episode in the process that has least to do. Raises PlaceLost when it dies."""
        return played_by(await self._chosen().play(job_of(plan), plan.sinks))

    def start(self) -> WorkerProcess:
        """One more process."""
        worker = WorkerProcess(self._brief)
        self.workers.append(worker)
        self._group.start_soon(worker.attend)
        return worker

    def _chosen(self) -> WorkerProcess:
        self.workers = [worker for worker in self.workers if not worker.dead]
        free = min(self.workers, key=lambda worker: worker.load, default=None)
        if free is None or (free.load and len(self.workers) < self._count):
            return self.start()
        return free


@asynccontextmanager
async def opened_pool(brief: Brief, count: int) -> AsyncIterator[Pool]:
    """The processes for as long as they are needed. Raises EngineError where they refuse the run."""
    async with anyio.create_task_group() as group:
        pool = Pool(brief, count, group)
        try:
            first, *_ = [pool.start() for _ in range(count)]
            await first.started()
            yield pool
        finally:
            with anyio.CancelScope(shield=True):
                async with anyio.create_task_group() as closing:
                    for worker in pool.workers:
                        closing.start_soon(worker.close)
