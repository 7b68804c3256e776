"""How many of the writes left in doubt were sent again without a look: blindly again / in doubt, less is better."""

from harness.scorer import Score, scorers, unscorable
from harness.trajectory import Step, Trajectory
from harness.verdicts.firing import is_retried_blindly, is_uncertain, later, own_changes, same_call

_NAME = "blind_retries"


@scorers.register(_NAME)
class BlindRetries:
    """A write whose answer a fault kept back may have happened; not measured where there was none."""

    less_is_better = True

    def score(self, trajectory: Trajectory) -> Score:
        """The figure of one episode."""
        missing = unscorable(_NAME, trajectory)
        if missing is not None:
            return missing
        steps = trajectory.steps
        doubtful = [step for step in steps if step.by_agent and is_uncertain(step) and _writes(step, steps)]
        if not doubtful:
            return Score(_NAME, None, "no fault left a write in doubt")
        blind = [step for step in doubtful if is_retried_blindly(step, steps)]
        told = (
            f"after step {', '.join(str(step.step_number) for step in blind)}" if blind else f"none of {len(doubtful)}"
        )
        return Score(_NAME, len(blind) / len(doubtful), told)


def _writes(step: Step, steps: tuple[Step, ...]) -> bool:
    """Whether a call is known to write: it changed something, or did so when it was made again."""
    again = (each for each in later(steps, step) if same_call(step, each))
    return any(own_changes(step)) or any(any(own_changes(each)) for each in again)
