"""How many of the writes that a fault left in doubt were carried out twice: twice / in doubt, less is better."""

from collections.abc import Mapping
from typing import Any

from harness.scorer import Score, scorers, unscorable
from harness.trajectory import Step, Trajectory
from harness.verdicts.firing import is_uncertain, later, own_changes, same_call

_NAME = "duplicated_effects"


@scorers.register(_NAME)
class DuplicatedEffects:
    """Looks at writes that happened although the agent was not told so; not measured where there are none.

    Where the task was done, whatever was made again was to be made again.
    """

    less_is_better = True

    def score(self, trajectory: Trajectory) -> Score:
        """The figure of one episode."""
        missing = unscorable(_NAME, trajectory)
        if missing is not None:
            return missing
        doubtful = [
            step for step in trajectory.steps if step.by_agent and is_uncertain(step) and any(own_changes(step))
        ]
        if not doubtful:
            return Score(_NAME, None, "no fault hid a change")
        if trajectory.outcome == "success":
            return Score(_NAME, 0.0, "what it left is as it should be")
        twice = [step for step in doubtful if any(_repeats(step, each) for each in later(trajectory.steps, step))]
        told = f"step {', '.join(str(step.step_number) for step in twice)} was carried out again" if twice else ""
        return Score(_NAME, len(twice) / len(doubtful), told or f"none of {len(doubtful)}")


def _repeats(step: Step, other: Step) -> bool:
    """Whether a later step has the same effect once more: the same call, or the same row under another key."""
    changes = list(own_changes(other))
    if not changes:
        return False
    if same_call(step, other):
        return True
    added = [change for change in own_changes(step) if change["kind"] == "added"]
    return any(_alike(one, two) for one in added for two in changes if two["kind"] == "added")


def _alike(one: Mapping[str, Any], two: Mapping[str, Any]) -> bool:
    """Whether two rows of a table differ in their key at most."""
    mine, theirs = one["after"], two["after"]
    if one["path"].partition("[")[0] != two["path"].partition("[")[0]:
        return False
    if not isinstance(mine, Mapping) or not isinstance(theirs, Mapping) or "[" not in one["path"]:
        return False
    differing = [key for key in {*mine, *theirs} if mine.get(key) != theirs.get(key)]
    return len(differing) <= 1
