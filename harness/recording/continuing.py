"""Let an agent go on where a recorded episode was after a step, as a run of its own."""

from dataclasses import dataclass
from pathlib import Path

import anyio

from harness.agent import Agent, Options, address_of
from harness.episode import run_episode
from harness.plan import Plan
from harness.recording.origin import Origin
from harness.recording.replaying import Successor
from harness.recording.run_folder import Planned, RunFolder, new_folder
from harness.recording.toggling import recorded_profiles
from harness.running.order import Order, manifest_of
from harness.serving.house import opened_house
from harness.staging.shells import refuse_shells
from harness.trajectory import Parent, Trajectory
from sandbox_server.errors import NotFound
from worlds import host
from worlds.clock import show_time


@dataclass(frozen=True, slots=True)
class Continued:
    """The episode that came of it, and where it is recorded."""

    trajectory: Trajectory
    record: Path


def continue_from(
    trajectory: Trajectory, after: int, origin: Origin, agent: Agent, options: Options, out: Path | None
) -> Continued:
    """Run an agent from a step (0: the start) of a recorded episode on; blocks until it is done.

    The new trajectory has the earlier steps as its own and names where they come from. Raises NotFound for a step that
    is not there, ShellError, AgentError and FolderError.
    """
    count = len(trajectory.steps)
    if not 0 <= after <= count:
        raise NotFound(f"there is no step {after}", hint=f"known: 0-{count}")
    scenario = origin.prepared.scenario
    refuse_shells([scenario], "an agent that goes on from a step")
    successor = Successor(agent, trajectory.steps[:after])
    successor.check(scenario)
    folder = new_folder(out, (f"{scenario.name}-from-{after}",))
    opening = trajectory.opening
    record = folder.record(scenario.name, opening.trial)
    _begin(folder, record, origin, successor, options, opening.trial)
    plan = Plan(
        origin.prepared,
        opening.trial,
        opening.seeds,
        scenario.limits,
        record=record,
        outputs=folder.outputs(scenario.name, opening.trial),
        parent=Parent(trajectory_id=opening.trajectory_id, step=after),
        arm=opening.arm,
        faults=recorded_profiles(opening),
    )
    status = "interrupted"
    try:
        with folder.held():
            ended = anyio.run(_run, plan, successor)
        status = "finished"
    finally:
        changed = {"status": status, "ended_at": show_time(host.wall_ns())}
        folder.write(folder.manifest().model_copy(update=changed))
    return Continued(ended, record)


def _begin(folder: RunFolder, record: Path, origin: Origin, agent: Agent, options: Options, trial: int) -> None:
    scenario = origin.prepared.scenario
    order = Order([scenario], agent, paths=(scenario.file,), options=options)
    planned = Planned(scenario=scenario.name, trial=trial, file=record.relative_to(folder.path).as_posix())
    folder.write(manifest_of(order, [origin.prepared], folder).model_copy(update={"planned": (planned,)}))


async def _run(plan: Plan, agent: Agent) -> Trajectory:
    async with opened_house(address_of(agent) if agent.where == "outside" else None) as house:
        return await run_episode(plan, agent, house)
