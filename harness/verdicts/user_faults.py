"""What went wrong with the people at the other end of conversations, rather than with the agent."""

from collections.abc import Sequence
from typing import Any

from harness.trajectory import Step
from sandbox_server.turns import BROKE, MEMORY, SAYS


def user_turns(steps: Sequence[Step]) -> int:
    """How often people spoke."""
    return sum(step.action.tool == SAYS for step in steps)


def user_faults(steps: Sequence[Step]) -> list[str]:
    """Every fault as `NAME: fault`, once for each time it happened. What they mean:

    `stuck`: two questions in a row were not understood; `leak`: something was to be said that may not be, and was
    withheld; `broke`: no reply could be made at all.
    """
    latest: dict[str, Sequence[Any]] = {}
    for step in steps:
        if step.action.tool == SAYS and MEMORY in step.notes:
            latest[step.action.server] = step.notes[MEMORY]["state"].get("faults", ())
    found = [f"{server}: {fault}" for server, faults in latest.items() for fault in faults]
    return [*found, *(f"{step.action.server}: broke" for step in steps if BROKE in step.notes)]


def user_broke(steps: Sequence[Step]) -> str | None:
    """How a person broke an episode, in words; None where none did."""
    step = next((step for step in steps if BROKE in step.notes), None)
    if step is None:
        return None
    return f"step {step.step_number}: the user at {step.action.server} broke: {step.notes[BROKE]}"
