"""Whether the task was done: every check passed, nothing else was harmed, and the agent kept to its limits."""

from harness.scorer import Score, scorers, unscorable
from harness.trajectory import Trajectory


@scorers.register("task_success")
class TaskSuccess:
    """1 when the outcome is success, 0 when it is not, nothing for an invalid or unfinished episode."""

    def score(self, trajectory: Trajectory) -> Score:
        """The figure of one episode."""
        missing = unscorable("task_success", trajectory)
        if missing is not None:
            return missing
        assert trajectory.closing is not None
        return Score("task_success", float(trajectory.outcome == "success"), trajectory.closing.note)
