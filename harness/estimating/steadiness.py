"""Whether the trials of one scenario agree: a scenario that does not always end the same is a finding of its own."""

from collections.abc import Sequence
from typing import Literal

from harness.recording.summary import Summary

Steadiness = Literal["passed", "failed", "flaky", "varied", "unsaid"]
"""`flaky`: trials in the same world came to different ends. `varied`: trials did, but only in different worlds.
`unsaid`: no trial counts."""


def steadiness(summaries: Sequence[Summary]) -> Steadiness:
    """What the trials of one scenario and arm came to together, of those that count.

    Trials of a run share the world's seed (unless it was to vary), and differ in those of users, faults and agent.
    """
    ends: dict[int, set[bool]] = {}
    for summary in summaries:
        if summary.counts:
            ends.setdefault(summary.seeds.world, set()).add(summary.outcome == "success")
    if any(len(found) > 1 for found in ends.values()):
        return "flaky"
    seen = set().union(*ends.values())
    if not seen:
        return "unsaid"
    if len(seen) > 1:
        return "varied"
    return "passed" if seen == {True} else "failed"
