"""Whether every check of the scenario passed and the agent kept to its limits."""

from harness.scorer import Score, scorers
from harness.trajectory import Trajectory


@scorers.register("success")
class Success:
    """1 when the outcome is success, 0 when it is not, nothing for an invalid or unfinished episode."""

    def score(self, trajectory: Trajectory) -> Score:
        """The figure of one episode."""
        closing = trajectory.closing
        if closing is None:
            return Score("success", None, "the episode did not end")
        if closing.outcome == "invalid":
            return Score("success", None, closing.note)
        kept = closing.departure.how == "finished"
        passed = bool(closing.checks) and all(check.verdict == "passed" for check in closing.checks)
        return Score("success", float(kept and passed), closing.note)
