"""A run: every scenario, as often as asked, some at a time, each episode recorded and counted."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import anyio

from harness.agent import Agent
from harness.episode import Plan, run_episode
from harness.house import House, opened_house
from harness.prepared import Builder, Prepared
from harness.run_folder import Manifest, Planned, Played, RunFolder
from harness.scenario import Scenario
from harness.seeds import seeds_of
from harness.statistics import Rate, wilson
from harness.trajectory import Trajectory
from harness.version import own_version
from worlds import host
from worlds.clock import show_time

Ended = Callable[[Trajectory], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run."""

    scenarios: Sequence[Scenario]
    agent: Agent
    trials: int = 1
    seed: int = 1
    parallel: int = 1


@dataclass(slots=True)
class Tally:
    """What became of one scenario's episodes."""

    scenario: str
    planned: int
    weak: bool = False
    """Whether an agent that does nothing would pass."""
    trajectories: list[Trajectory] = field(default_factory=list)

    @property
    def outcomes(self) -> list[str]:
        """The outcomes in the order of trials; `lost` for an episode without an end."""
        ordered = sorted(self.trajectories, key=lambda trajectory: trajectory.opening.trial)
        return [trajectory.outcome or "lost" for trajectory in ordered]

    @property
    def success(self) -> Rate:
        """Successes among the episodes that count: those that are not invalid."""
        outcomes = self.outcomes
        return wilson(outcomes.count("success"), sum(outcome not in ("invalid", "lost") for outcome in outcomes))

    @property
    def steps(self) -> float:
        """The median number of steps."""
        return statistics.median([len(trajectory.steps) for trajectory in self.trajectories] or [0])

    @property
    def seconds(self) -> float:
        """The median real time of an episode."""
        return statistics.median([t.closing.wall_seconds for t in self.trajectories if t.closing] or [0.0])


@dataclass(slots=True)
class RunResult:
    """What a run came to."""

    folder: RunFolder | None
    tallies: list[Tally]
    interrupted: bool = False

    @property
    def trajectories(self) -> list[Trajectory]:
        """All that ended, scenario by scenario."""
        return [trajectory for tally in self.tallies for trajectory in tally.trajectories]

    @property
    def planned(self) -> int:
        """How many episodes were planned."""
        return sum(tally.planned for tally in self.tallies)

    @property
    def success(self) -> Rate:
        """Successes among all episodes that count."""
        rates = [tally.success for tally in self.tallies]
        return wilson(sum(rate.successes for rate in rates), sum(rate.trials for rate in rates))


def prepare_all(order: Order) -> list[Prepared]:
    """Build the worlds and try the checks. Raises FileProblem and AgentError before anything is run."""
    builder = Builder()
    for scenario in order.scenarios:
        order.agent.check(scenario)
    return [builder.prepare(scenario, seeds_of(scenario.seeds, order.seed, 1).world) for scenario in order.scenarios]


def new_result(order: Order, prepared: Sequence[Prepared], folder: RunFolder | None) -> RunResult:
    """A run in which nothing has happened yet; its folder gets the manifest."""
    if folder is not None:
        folder.write(_manifest(order, folder))
    return RunResult(folder, [Tally(one.scenario.name, order.trials, one.weak) for one in prepared])


async def run_all(
    order: Order, prepared: Sequence[Prepared], result: RunResult, ended: Ended = lambda trajectory: None
) -> None:
    """Run every episode of an order into `result`.

    Being cancelled ends the episodes under way; what ended before is in the result, and every step is recorded.
    """
    result.interrupted = True
    try:
        await _work_all(order, prepared, result, ended)
        result.interrupted = False
    except BaseExceptionGroup as group:  # one broken episode is one error, not a bundle
        raise (group.exceptions[0] if len(group.exceptions) == 1 else group) from None
    finally:
        _close_manifest(result)


async def _work_all(order: Order, prepared: Sequence[Prepared], result: RunResult, ended: Ended) -> None:
    async with opened_house(outside=order.agent.where == "outside") as house:
        jobs = iter(_jobs(order, prepared, result))
        async with anyio.create_task_group() as group:
            for _ in range(order.parallel):
                group.start_soon(_work, jobs, order.agent, house, ended)


def _close_manifest(result: RunResult) -> None:
    if result.folder is not None:
        status = "interrupted" if result.interrupted else "finished"
        changed = {"status": status, "ended_at": show_time(host.wall_ns())}
        result.folder.write(result.folder.manifest().model_copy(update=changed))


Job = tuple[Plan, Tally]


async def _work(jobs: Iterator[Job], agent: Agent, house: House, ended: Ended) -> None:
    """Run one job after the other until there are none."""
    for plan, tally in jobs:
        trajectory = await run_episode(plan, agent, house)
        tally.trajectories.append(trajectory)
        ended(trajectory)


def _jobs(order: Order, prepared: Sequence[Prepared], result: RunResult) -> list[Job]:
    """Every episode, all scenarios once before any is repeated."""
    return [
        (_plan(order, one, trial, result.folder), tally)
        for trial in range(1, order.trials + 1)
        for one, tally in zip(prepared, result.tallies, strict=True)
    ]


def _plan(order: Order, prepared: Prepared, trial: int, folder: RunFolder | None) -> Plan:
    scenario = prepared.scenario
    return Plan(
        prepared,
        trial,
        seeds_of(scenario.seeds, order.seed, trial),
        scenario.limits,
        folder.record(scenario.name, trial) if folder else None,
        folder.outputs(scenario.name, trial) if folder else None,
    )


def _manifest(order: Order, folder: RunFolder) -> Manifest:
    return Manifest(
        name=folder.path.name,
        status="running",
        soundstage=own_version(),
        agent=order.agent.spec,
        isolation=order.agent.isolation,
        seed=order.seed,
        trials=order.trials,
        started_at=show_time(host.wall_ns()),
        scenarios=tuple(Played(name=s.name, file=s.file, hash=s.hash) for s in order.scenarios),
        planned=tuple(
            Planned(
                scenario=scenario.name,
                trial=trial,
                file=str(folder.record(scenario.name, trial).relative_to(folder.path)),
            )
            for trial in range(1, order.trials + 1)
            for scenario in order.scenarios
        ),
    )
