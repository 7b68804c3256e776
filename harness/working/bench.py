"""Where a worker plays its jobs: each scenario is read and its world built once, when it is first asked for."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.to_thread

from harness.engine import EngineError
from harness.engines.inprocess import InProcess, InProcessPlace
from harness.recording.run_folder import RunFolder
from harness.running.order import Order
from harness.running.planned import placed, planned
from harness.running.resume import order_of
from harness.staging.prepared import Builder, Prepared
from harness.trajectory import Trajectory
from harness.working.answer import answer_of
from harness.working.job import Brief, Job
from harness.working.parcel import packed
from sandbox_server.ledger import Sink
from worlds.passing import borrowed_folder


class Bench:
    """Plays jobs of one run, as many at once as are handed in."""

    def __init__(self, order: Order, place: InProcessPlace, folder: RunFolder | None) -> None:
        self._order = order
        self._place = place
        self._folder = folder
        self._builder = Builder()
        self._building = anyio.Lock()
        self._scenarios = {scenario.name: scenario for scenario in order.scenarios}
        self._arms = {arm.name: arm for arm in order.arms}
        self._prepared: dict[str, Prepared] = {}

    async def play(self, job: Job, sinks: Sequence[Sink] = ()) -> Trajectory:
        """Play one episode to its end and judge it; its record lies in the run's folder, where there is one.

        Raises EngineError where this worker would build another world than the one that was planned.
        """
        return await self._played(job, self._folder, sinks)

    async def play_away(self, job: Job) -> bytes:
        """Play one episode without any folder of the run, and return it as a parcel. Raises EngineError and OSError."""
        with borrowed_folder("job-") as place:
            folder = RunFolder(place)
            record = folder.record(job.scenario, job.trial, job.arm)
            try:
                played = await self._played(job, folder)
                answer = answer_of(played, whole=False)
                states = self._place.house.states_for(record)
                return await anyio.to_thread.run_sync(packed, folder, job, states, answer)
            finally:
                self._place.house.release(record)

    async def _played(self, job: Job, folder: RunFolder | None, sinks: Sequence[Sink] = ()) -> Trajectory:
        prepared = await self._ready(job)
        plan = planned(self._order, prepared, job.trial, self._arms[job.arm], sinks)
        return await self._place.play(placed(plan, self._order, folder, job.attempt))

    async def _ready(self, job: Job) -> Prepared:
        """A job's scenario with its world, built when it is first asked for."""
        async with self._building:
            prepared = self._prepared.get(job.scenario)
            if prepared is None:
                scenario = self._scenarios[job.scenario]
                seed = self._order.seeds(scenario, 1).world
                prepared = await anyio.to_thread.run_sync(self._builder.prepare, scenario, seed)
                self._prepared[job.scenario] = prepared
        if job.start_digest and prepared.world.content_digest().hex() != job.start_digest:
            raise EngineError(f"the world of {job.scenario} is another one where it was to be played")
        return prepared


@asynccontextmanager
async def opened_bench(brief: Brief) -> AsyncIterator[Bench]:
    """A bench for one run, and a stage of its own. Raises ResumeError where scenarios read here are other ones."""
    order = order_of(brief.manifest)
    folder = RunFolder(Path(brief.folder)) if brief.folder else None
    async with InProcess().opened(order, folder) as place:
        yield Bench(order, place, folder)
