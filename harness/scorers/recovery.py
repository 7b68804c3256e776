"""How many of the calls that a fault spoiled the agent got over: got over / spoiled."""

from harness.scorer import Score, scorers, unscorable
from harness.trajectory import Step, Trajectory
from harness.verdicts.firing import (
    fired,
    is_retried_blindly,
    is_told_failed,
    is_uncertain,
    later,
    own_changes,
    was_hit,
    was_misled,
)

_NAME = "recovery"


@scorers.register(_NAME)
class Recovery:
    """All of them where the task was done; else those after which the same tool told the truth, but for changes that
    were blindly made again. Not measured where no fault hit."""

    def score(self, trajectory: Trajectory) -> Score:
        """The figure of one episode."""
        missing = unscorable(_NAME, trajectory)
        if missing is not None:
            return missing
        spoiled = [step for step in trajectory.steps if step.by_agent and was_hit(step)]
        if not spoiled:
            return Score(_NAME, None, "no fault hit a call")
        over = [step for step in spoiled if _is_over(step, trajectory)]
        return Score(_NAME, len(over) / len(spoiled), f"{len(over)} of {len(spoiled)}")


def _is_over(step: Step, trajectory: Trajectory) -> bool:
    if trajectory.outcome == "success":
        return True
    if is_uncertain(step) and any(own_changes(step)) and is_retried_blindly(step, trajectory.steps):
        return False
    return any(
        (each.action.server, each.action.tool) == (step.action.server, step.action.tool)
        and not fired(each) and not was_misled(each) and not is_told_failed(each)
        for each in later(trajectory.steps, step)
    )  # fmt: skip
