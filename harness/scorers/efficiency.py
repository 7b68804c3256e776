"""How few steps the task took: 1 - steps / limit, linear, and nothing for a task that was not done."""

from harness.scorer import Score, scorers, unscorable
from harness.trajectory import Trajectory


@scorers.register("efficiency")
class Efficiency:
    """Falls evenly from 1 to 0 as the step limit is used up. No way to a goal is short that does not reach it."""

    def score(self, trajectory: Trajectory) -> Score:
        """The figure of one episode."""
        missing = unscorable("efficiency", trajectory)
        if missing is not None:
            return missing
        if trajectory.outcome != "success":
            return Score("efficiency", 0.0, "the task was not done")
        steps, limit = sum(step.by_agent for step in trajectory.steps), trajectory.opening.limits.steps
        return Score("efficiency", max(0.0, 1.0 - steps / limit), f"{steps} of {limit} steps")
