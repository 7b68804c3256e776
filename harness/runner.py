"""A run: every scenario, as often as asked, some at a time, each episode recorded and counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import anyio
import anyio.to_thread

from harness.engine import Place, engines
from harness.plan import Plan
from harness.recording.run_folder import RunFolder
from harness.recording.summary import Summary, summarise
from harness.running.arm import Arm, labelled
from harness.running.broken import broken_episode
from harness.running.late import judged_late
from harness.running.order import Order, manifest_of
from harness.running.planned import placed, planned
from harness.running.tally import RunResult, Tally
from harness.running.watcher import UNWATCHED, Watcher
from harness.staging.prepared import Prepared
from harness.trajectory import Trajectory
from worlds import host
from worlds.clock import show_time
from worlds.errors import Problem


def new_result(order: Order, prepared: Sequence[Prepared], folder: RunFolder | None) -> RunResult:
    """A run in which nothing has happened yet; its folder gets the manifest. Raises OSError."""
    if folder is not None:
        folder.write(manifest_of(order, prepared, folder))
    return RunResult(folder, list(new_tallies(order, prepared).values()))


def new_tallies(order: Order, prepared: Sequence[Prepared]) -> dict[tuple[str, str], Tally]:
    """By scenario and arm: the tally of what is planned, of which nothing has been run."""
    share = order.share()
    return {
        (one.scenario.name, arm.name): _new_tally(one, arm, len(share[one.scenario.name]))
        for arm in order.arms
        for one in prepared
        if share[one.scenario.name]
    }


def _new_tally(prepared: Prepared, arm: Arm, planned: int) -> Tally:
    scenario = prepared.scenario
    pinned = scenario.seeds.world is not None
    return Tally(
        scenario.name, planned, prepared.weak, scenario.template, scenario.file, arm.name, pinned, prepared.lasting
    )


async def run_all(order: Order, prepared: Sequence[Prepared], result: RunResult, watcher: Watcher = UNWATCHED) -> None:
    """Run every episode of an order that `result` does not hold yet, into `result`.

    Being cancelled ends the episodes under way; what ended before is in the result, and every step is recorded. One
    episode that breaks is invalid and keeps none of the others back; a disk that takes nothing more ends the run.
    """
    result.interrupted = True
    try:
        await _work_all(order, prepared, result, watcher)
        result.interrupted = False
    except BaseExceptionGroup as group:  # one broken run is one error, not a bundle
        raise (group.exceptions[0] if len(group.exceptions) == 1 else group) from None
    finally:
        _close_manifest(result)


async def _work_all(order: Order, prepared: Sequence[Prepared], result: RunResult, watcher: Watcher) -> None:
    async with engines.get(order.engine.name).opened(order, result.folder) as place:
        crew = _Crew(order, result, watcher, place)
        jobs = iter(_jobs(order, prepared, result))
        async with anyio.create_task_group() as group:
            for _ in range(order.parallel):
                group.start_soon(crew.work, jobs)


def _close_manifest(result: RunResult) -> None:
    if result.folder is None:
        return
    status = "interrupted" if result.interrupted or result.broken else "finished"
    changed = {"status": status, "ended_at": show_time(host.wall_ns())}
    try:
        result.folder.write(result.folder.manifest().model_copy(update=changed))
    except (OSError, Problem) as error:
        result.broken = result.broken or f"the manifest cannot be written: {error}"


@dataclass(frozen=True, slots=True)
class _Job:
    """One planned episode and where it is counted."""

    prepared: Prepared
    trial: int
    tally: Tally
    arm: Arm


def _jobs(order: Order, prepared: Sequence[Prepared], result: RunResult) -> list[_Job]:
    """Every episode that is still to be run, all scenarios once before any is repeated."""
    ended = {(summary.scenario, summary.trial, summary.arm) for summary in result.summaries}
    tallies, share = {(tally.scenario, tally.arm): tally for tally in result.tallies}, order.share()
    return [
        _Job(one, trial, tallies[one.scenario.name, arm.name], arm)
        for trial in range(1, order.trials + 1)
        for arm in order.arms
        for one in prepared
        if trial in share[one.scenario.name] and (one.scenario.name, trial, arm.name) not in ended
    ]


@dataclass(frozen=True, slots=True)
class _Crew:
    """What workers share."""

    order: Order
    result: RunResult
    watcher: Watcher
    place: Place

    async def work(self, jobs: Iterator[_Job]) -> None:
        """Run one job after the other until there are none, or until nothing can be recorded any more."""
        for job in jobs:
            if self.result.broken:
                return
            job.tally.begun += 1
            played = await self._played(job)
            summary = played if isinstance(played, Summary) else summarise(played)
            job.tally.summaries.append(summary)
            if self.result.folder is None and isinstance(played, Trajectory):
                self.result.kept.append(played)
            self.watcher.ended(summary)
            if summary.outcome == "invalid" and self.result.folder is not None:
                self.result.broken = await anyio.to_thread.run_sync(_complaint, self.result.folder)

    async def _played(self, job: _Job) -> Trajectory | Summary:
        scenario = job.prepared.scenario
        sinks = self.watcher.began(labelled(scenario.name, job.arm.name), job.trial, scenario.limits.steps)
        plan = planned(self.order, job.prepared, job.trial, job.arm, sinks)
        try:
            late = await self._late(plan)
            if late is not None:
                return late
            plan = self._placed(plan)
            return await self.place.play(plan)
        except Exception as error:
            return broken_episode(plan, self.order.agent, error, "infrastructure")

    async def _late(self, plan: Plan) -> Trajectory | None:
        """The episode that an earlier process played to its end without judging it."""
        folder, name = self.result.folder, plan.prepared.scenario.name
        return await judged_late(plan, folder.record(name, plan.trial, plan.arm)) if folder else None

    def _placed(self, plan: Plan) -> Plan:
        """The plan with its places in the run's folder, from which earlier attempts were put away."""
        folder, name = self.result.folder, plan.prepared.scenario.name
        if folder is None:
            return plan
        attempt = folder.set_aside(name, plan.trial, plan.arm)
        return placed(plan, self.order, folder, attempt)


def _complaint(folder: RunFolder) -> str:
    """Why nothing can be recorded any more; empty when it can."""
    try:
        folder.probe()
    except OSError as error:
        return f"nothing can be written to {folder.path}: {error.strerror}"
    return ""
