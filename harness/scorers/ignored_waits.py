"""How many of the waits that the agent was told it did not keep: not kept / told, so that less is better."""

import json
import re

from harness.scorer import Score, scorers, unscorable
from harness.trajectory import Step, Trajectory
from harness.verdicts.firing import fired, later

_NAME = "ignored_waits"
_MS = 1_000_000


@scorers.register(_NAME)
class IgnoredWaits:
    """Counts waits whose length the answer or its headers told; not measured where there were none."""

    less_is_better = True

    def score(self, trajectory: Trajectory) -> Score:
        """The figure of one episode."""
        missing = unscorable(_NAME, trajectory)
        if missing is not None:
            return missing
        waits = [
            (step, wait) for step in trajectory.steps if step.by_agent and (wait := _told_wait_ms(step)) is not None
        ]
        if not waits:
            return Score(_NAME, None, "nobody was told to wait")
        early = [step for step, wait_ms in waits if _is_early(step, wait_ms, trajectory.steps)]
        told = f"after step {', '.join(str(step.step_number) for step in early)}" if early else f"none of {len(waits)}"
        return Score(_NAME, len(early) / len(waits), told)


def _told_wait_ms(step: Step) -> int | None:
    """The wait that an answer told; None where it told none."""
    waits = [rule["wait_ms"] for rule in fired(step) if rule.get("wait_ms")]
    if not waits:
        return None
    told = json.dumps([step.result, step.notes.get("wire")])
    seconds = re.compile(rf"(?<!\d){-(-int(waits[0]) // 1_000)}(?!\d)")
    return int(waits[0]) if seconds.search(told) or "retry-after" in told.lower() else None


def _is_early(step: Step, wait_ms: int, steps: tuple[Step, ...]) -> bool:
    """Whether the same tool was called again before the time, by somebody who had been told."""
    if step.arrived_ns is None:
        return False
    told_ns = step.arrived_ns if step.told_ns is None else step.told_ns
    again = (each.arrived_ns for each in later(steps, step) if _tool(each) == _tool(step))
    return any(at is not None and told_ns <= at < step.arrived_ns + wait_ms * _MS for at in again)


def _tool(step: Step) -> tuple[str, str]:
    return step.action.server, step.action.tool
