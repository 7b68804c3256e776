"""Replays of recorded episodes: to see that they come to the same, or to let another agent go on from a step."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fault_injection.counters import NAME as COUNTERS
from fault_injection.counters import Counters
from harness.agent import Agent, Assignment, address_of
from harness.recording.ordering import in_effect_order, side_by_side
from harness.recording.origin import Origin
from harness.recording.repeat import Mismatch, Repeater, as_recorded, repeat
from harness.recording.rewind import Rewind
from harness.recording.step_log import StepLog, encoded
from harness.recording.toggling import put_recorded, toggled_before
from harness.scenario import Scenario
from harness.trajectory import Departure, Isolation, Step, Trajectory
from sandbox_server.directing.timing import note_time
from sandbox_server.episode import Episode
from sandbox_server.errors import NotFound
from sandbox_server.hooks import Hooks
from sandbox_server.stage import Stage
from worlds import host
from worlds.clock import Mode
from worlds.world import World


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to."""

    first: int
    """The step before the first one that was compared."""
    steps: int
    """How many steps were compared."""
    mismatch: Mismatch | None


async def replayed(path: Path, trajectory: Trajectory, origin: Origin, after: int = 0) -> Replayed:
    """Play a recorded episode again in its world, and compare every answer and every state.

    It starts in a fresh world, or with `after` in the world as it was kept after that step. Raises NotFound and
    RewindError.
    """
    presentation = origin.prepared.presentation
    presentation.world.demand_free()
    world, begun = _start(path, after, presentation.world) if after else (presentation.world.fork(), 0)
    digest = world.content_digest().hex()
    if not begun and digest != trajectory.opening.start_digest:
        return Replayed(0, 0, Mismatch(0, "start", trajectory.opening.start_digest, digest))
    stage, token = Stage(), host.secret()
    log = StepLog(trajectory.opening.task, (token,))
    episode = stage.open(presentation, token=token, world=world, hooks=Hooks(state=(note_time,)), sinks=(log,))
    try:
        put_recorded(episode, trajectory.opening)
        if begun:
            _catch_up(episode, trajectory, begun, presentation.world)
        found = await repeat(episode, log, trajectory.steps[begun:])
    finally:
        stage.close_all()
    return Replayed(begun, len(log.steps), found)


def _catch_up(episode: Episode, trajectory: Trajectory, begun: int, first: World) -> None:
    """Let faults stand as they stood after some steps, in a world that was kept then. Raises FaultError, StageError."""
    steps = trajectory.steps[:begun]
    if trajectory.opening.faults or any(step.toggles for step in steps):
        episode.faults.began_ns = first.clock.state().now_ns
        toggled_before(episode, steps)
        episode.arrivals = max(step.arrival for step in steps)


def _start(path: Path, after: int, first: World) -> tuple[World, int]:
    """The kept world from which a replay that begins after a step can start, and the step that left it.

    Only steps that changed something keep clocks and counters exactly, so it is the last of these.
    """
    rewind = Rewind(path, {**first.companions, COUNTERS: Counters()})
    try:
        steps = rewind.trajectory.steps
        if after > len(steps):
            raise NotFound(f"there is no step {after}", hint=f"known: 0-{len(steps)}")
        exact = next((number for number in range(after, 0, -1) if _is_exact(steps, number)), 0)
        return (rewind.at(exact), exact) if exact else (first.fork(), 0)
    finally:
        rewind.close()


def _is_exact(steps: tuple[Step, ...], number: int) -> bool:
    """Whether a step left a state of its own, and none after it took effect before it."""
    step = steps[number - 1]
    if step.delta is None or not step.effect:
        return False
    return all(one.effect < step.effect for one in steps[: number - 1]) and all(
        not one.effect or one.effect > step.effect for one in steps[number:]
    )


class Successor:
    """An agent that goes on where a recorded episode was after some step: the steps before are played again first."""

    def __init__(self, agent: Agent, steps: tuple[Step, ...]) -> None:
        self._agent = agent
        self._steps = steps
        self.kind: str = agent.kind
        self.spec: str = agent.spec
        self.clock: Mode = agent.clock
        self.where: Literal["process", "outside"] = agent.where
        self.isolation: Isolation = agent.isolation
        self.unrecorded: tuple[str, ...] = agent.unrecorded

    @property
    def address(self) -> str:
        """Where the agent is to be listened for. Raises HarnessError."""
        return address_of(self._agent)

    def check(self, scenario: Scenario) -> None:
        """Refuse what the agent refuses."""
        self._agent.check(scenario)

    async def act(self, assignment: Assignment) -> Departure:
        """Play the earlier steps, then let the agent act. An answer that differs breaks the episode off."""
        episode, beside = assignment.client.episode, side_by_side(self._steps)
        with Repeater(episode, self._steps, remembers=beside) as repeater:
            for step in in_effect_order(self._steps):
                if step.thought:
                    assignment.mind.think(step.thought)
                told = await repeater.play(step)
                if as_recorded(told) != encoded(step.result):
                    return Departure(how="failed", note=f"step {step.step_number} was not answered as it had been")
            repeater.hand_over(self.clock)
        return await self._agent.act(assignment)
