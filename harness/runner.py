"""A run: every scenario, as often as asked, some at a time, each episode recorded and counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import anyio
import anyio.to_thread

from harness.engine import engines
from harness.plan import Plan
from harness.recording.run_folder import RunFolder
from harness.recording.summary import ended_summary
from harness.running.arm import Arm, labelled
from harness.running.attempts import Attempts, Losses, retries_of, summary_of
from harness.running.budget import Spending
from harness.running.order import Order, manifest_of
from harness.running.planned import planned
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
    episode that breaks is invalid and keeps none of the others back; a disk that takes nothing more, or places that
    keep dying, end the run. Once a budget is used up no new episode begins, and those under way end by themselves.
    """
    result.interrupted = True
    try:
        await _work_all(order, prepared, result, watcher)
        result.interrupted = False
    except BaseExceptionGroup as group:
        raise _only(group) from None
    finally:
        _close_manifest(result)


def _only(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """One broken run is one error, not a bundle."""
    error = group.exceptions[0] if len(group.exceptions) == 1 else group
    return _only(error) if isinstance(error, BaseExceptionGroup) and error is not group else error


async def _work_all(order: Order, prepared: Sequence[Prepared], result: RunResult, watcher: Watcher) -> None:
    async with engines.get(order.engine.name).opened(order, result.folder) as place:
        spending = _spent_before(order, result)
        touched = result.folder.touched() if result.folder else set()
        attempts = Attempts(order, place, result.folder, Losses.of(order), spending, touched, retries_of(order))
        crew = _Crew(order, result, watcher, attempts)
        jobs = _jobs(order, prepared, result)
        async with anyio.create_task_group() as group:
            for _ in range(order.parallel):
                group.start_soon(crew.work, jobs)
    result.spent = spending.told()


def _spent_before(order: Order, result: RunResult) -> Spending:
    """What earlier processes used for this run; what they used for attempts that were put away, too."""
    spending = Spending(order.terms.budget, host.monotonic_ns())
    earlier = result.folder.put_away() if result.folder else []
    for summary in [*result.summaries, *filter(None, map(ended_summary, earlier))]:
        spending.add(summary)
    return spending


def _close_manifest(result: RunResult) -> None:
    if result.folder is None:
        return
    cut = result.interrupted or result.broken or result.stopped
    status = "interrupted" if cut else "finished"
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


def _jobs(order: Order, prepared: Sequence[Prepared], result: RunResult) -> Iterator[_Job]:
    """Every episode that is still to be run, all scenarios once before any is repeated."""
    ended = {(summary.scenario, summary.trial, summary.arm) for summary in result.summaries}
    tallies, share = {(tally.scenario, tally.arm): tally for tally in result.tallies}, order.share()
    return (
        _Job(one, trial, tallies[one.scenario.name, arm.name], arm)
        for trial in range(1, order.trials + 1)
        for arm in order.arms
        for one in prepared
        if trial in share[one.scenario.name] and (one.scenario.name, trial, arm.name) not in ended
    )


@dataclass(frozen=True, slots=True)
class _Crew:
    """What workers share."""

    order: Order
    result: RunResult
    watcher: Watcher
    attempts: Attempts

    async def work(self, jobs: Iterator[_Job]) -> None:
        """Run one job after the other until there are none, or until there is no sense in going on."""
        for job in jobs:
            self.result.stopped = self.result.stopped or self.attempts.spending.reached(host.monotonic_ns())
            if self.result.broken or self.result.stopped:
                return
            job.tally.begun += 1
            played = await self.attempts.play(self._plan(job))
            summary = summary_of(played)
            job.tally.summaries.append(summary)
            if self.result.folder is None and isinstance(played, Trajectory):
                self.result.kept.append(played)
            self.watcher.ended(summary)
            if summary.cause == "infrastructure":
                await self._look_after()

    def _plan(self, job: _Job) -> Plan:
        scenario = job.prepared.scenario
        sinks = self.watcher.began(labelled(scenario.name, job.arm.name), job.trial, scenario.limits.steps)
        return planned(self.order, job.prepared, job.trial, job.arm, sinks)

    async def _look_after(self) -> None:
        """See after a failure whether there is sense in going on."""
        hopeless = self.attempts.losses.hopeless()
        if not hopeless and self.result.folder is not None:
            hopeless = await anyio.to_thread.run_sync(_complaint, self.result.folder)
        self.result.broken = self.result.broken or hopeless


def _complaint(folder: RunFolder) -> str:
    """Why nothing can be recorded any more; empty when it can."""
    try:
        folder.probe()
    except OSError as error:
        return f"nothing can be written to {folder.path}: {error.strerror}"
    return ""
