"""Where two recorded episodes first part ways."""

from dataclasses import dataclass
from typing import Any, Literal

from harness.recording.step_log import encoded
from harness.trajectory import Step, Trajectory

Kind = Literal["start", "action", "result", "state", "length"]


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first difference of two episodes, with the steps of both; None for a side that has no such step."""

    kind: Kind
    """`start`: the worlds begin differently; `action`: other calls are made; `result`: the same call is answered
    differently; `state`: it leaves another world; `length`: one goes on where the other ends."""
    step: int
    """The number of the step; 0 for `start`."""
    observation: str
    """What both had been told last before."""
    one: Step | None
    other: Step | None


def first_divergence(one: Trajectory, other: Trajectory) -> Divergence | None:
    """The first difference, what was thought and real time left aside; None for episodes that do the same."""
    if one.opening.start_digest != other.opening.start_digest:
        return Divergence("start", 0, "", None, None)
    for mine, theirs in zip(one.steps, other.steps, strict=False):
        kind = _kind(mine, theirs)
        if kind is not None:
            return Divergence(kind, mine.step_number, mine.observation, mine, theirs)
    return _longer(one, other)


def _kind(mine: Step, theirs: Step) -> Kind | None:
    if (mine.actor, encoded(mine.action.model_dump())) != (theirs.actor, encoded(theirs.action.model_dump())):
        return "action"
    if encoded(mine.result) != encoded(theirs.result):
        return "result"
    return None if mine.world_state_hash == theirs.world_state_hash else "state"


def _longer(one: Trajectory, other: Trajectory) -> Divergence | None:
    """That one episode goes on after the other one's last step."""
    mine, theirs = len(one.steps), len(other.steps)
    if mine == theirs:
        return None
    at = min(mine, theirs)
    following = (one if mine > theirs else other).steps[at]
    return Divergence(
        "length",
        at + 1,
        following.observation,
        following if mine > theirs else None,
        following if theirs > mine else None,
    )


def as_json(one: Trajectory, other: Trajectory, found: Divergence | None) -> dict[str, Any]:
    """A comparison for programs."""
    return {
        "same": found is None,
        "lengths": [len(one.steps), len(other.steps)],
        "outcomes": [one.outcome, other.outcome],
        "divergence": None if found is None else {
            "step": found.step,
            "kind": found.kind,
            "observation": found.observation,
            "a": _side(found.one, one),
            "b": _side(found.other, other),
        },
    }  # fmt: skip


def _side(step: Step | None, whole: Trajectory) -> dict[str, Any]:
    """What one side does there; its start where it does nothing."""
    if step is None:
        return {"action": None, "start_digest": whole.opening.start_digest}
    return {
        "action": step.action.model_dump(),
        "thought": step.thought,
        "result": step.result,
        "world_state_hash": step.world_state_hash,
        "changes": step.changes,
    }
