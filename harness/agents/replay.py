"""An agent that makes the calls of a recorded episode again, whatever it is answered."""

from collections.abc import Collection
from pathlib import Path
from typing import Any, ClassVar, Literal

from harness.agent import AgentError, Assignment, Options, agent_kinds
from harness.recording.ordering import in_effect_order
from harness.recording.record import read_trajectory
from harness.recording.repeat import Repeater, as_recorded
from harness.recording.step_log import encoded
from harness.scenario import Scenario
from harness.trajectory import Departure, Isolation, Step
from worlds.clock import Mode


@agent_kinds.register("replay")
class ReplayKind:
    """`replay:PATH` of a trajectory."""

    example: ClassVar[str] = "replay:runs/bookshop-1/episodes/NAME-1.jsonl"

    def agent(self, rest: str, options: Options) -> "ReplayAgent":
        """The agent that plays a trajectory. Raises AgentError, and RecordError for a file that is none."""
        path = Path(rest)
        if not path.is_file():
            raise AgentError(f"there is no trajectory {rest!r}", hint="write replay: and the path of a .jsonl file")
        return ReplayAgent(path)


class ReplayAgent:
    """Makes recorded calls at the recorded times and gives the recorded answer."""

    kind = "replay"
    clock: Mode = "virtual"
    where: Literal["process", "outside"] = "process"
    isolation: Isolation = "none"
    unrecorded: tuple[str, ...] = ()

    def __init__(self, path: Path, *, without: Collection[int] = ()) -> None:
        """`without` are steps that are left out."""
        self._without = without
        self.spec = f"replay:{path}"
        self._trajectory = read_trajectory(path)

    def check(self, scenario: Scenario) -> None:
        """Refuse a scenario that lacks a server which the recording calls."""
        missing = {step.action.server for step in self._trajectory.steps} - set(scenario.world.servers)
        if missing:
            raise AgentError(f"{scenario.name} has no server {', '.join(sorted(missing))}, which {self.spec} calls")

    async def act(self, assignment: Assignment) -> Departure:
        """Play every step, and note the first that is answered differently."""
        note, closing = "", self._trajectory.closing
        steps = [step for step in self._trajectory.steps if step.step_number not in self._without]
        with Repeater(assignment.client.episode, self._trajectory.steps) as repeater:
            for step in in_effect_order(steps):
                if step.thought:
                    assignment.mind.think(step.thought)
                told = await repeater.play(step)
                note = note or _divergence(step, told)
        answer = closing.departure.answer if closing else None
        return Departure(how="finished", answer=answer, note=note)


def _divergence(step: Step, told: dict[str, Any]) -> str:
    if as_recorded(told) == encoded(step.result):
        return ""
    return f"step {step.step_number} was answered differently than when it was recorded"
