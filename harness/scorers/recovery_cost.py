"""What faults cost the agent: calls that were spoiled or made again because of them / all calls, less is better."""

from harness.scorer import Score, scorers, unscorable
from harness.trajectory import Step, Trajectory
from harness.verdicts.firing import later, same_call, was_hit
from worlds.clock import SECOND

_NAME = "recovery_cost"


@scorers.register(_NAME)
class RecoveryCost:
    """Also tells how much of the world's time passed at and after spoiled calls; not measured where no fault hit."""

    less_is_better = True

    def score(self, trajectory: Trajectory) -> Score:
        """The figure of one episode."""
        missing = unscorable(_NAME, trajectory)
        if missing is not None:
            return missing
        steps = trajectory.steps
        spoiled = [step for step in steps if step.by_agent and was_hit(step)]
        if not spoiled:
            return Score(_NAME, None, "no fault hit a call")
        again = {each.step_number for step in spoiled for each in later(steps, step) if same_call(step, each)}
        lost = again | {step.step_number for step in spoiled}
        seconds = sum(_seconds(steps, step.step_number) for step in spoiled)
        return Score(_NAME, len(lost) / len(steps), f"{len(lost)} of {len(steps)} calls, {seconds:g} s of world time")


def _seconds(steps: tuple[Step, ...], number: int) -> float:
    """World time from a step's arrival to the next one's, or to its answer where none follows."""
    begun = steps[number - 1].arrived_ns
    ended = steps[number].arrived_ns if number < len(steps) else steps[number - 1].told_ns
    return 0.0 if begun is None or ended is None else round((ended - begun) / SECOND, 3)
