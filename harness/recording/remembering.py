"""Faults of calls that were made side by side: what was decided at their arrival is handed in again.

A replay makes calls one after the other, in the order of their effects; rules that count were asked in the order of
arrivals, and of calls that had not come to an end. Nothing that is recorded tells that order again.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fault_injection.asked import Asked
from fault_injection.counters import Counters
from fault_injection.engine import Decision, Engine
from fault_injection.verdict import Verdict
from harness.trajectory import Step

Told = Callable[[], Sequence[Mapping[str, Any]]]
"""The rules of the call that is being played, as its step keeps them."""


@dataclass(frozen=True)
class Remembering(Engine):
    """Decides what was decided."""

    told: Told = tuple

    def decide(self, asked: Asked, counters: Counters) -> Decision | None:
        """The recorded decision; rules that were not about the call then are not now."""
        decision = super().decide(asked, counters)
        if decision is None:
            return None
        told = {str(rule["rule"]): rule for rule in self.told()}
        return replace(decision, verdicts=tuple(_as_told(each, told.get(each.name)) for each in decision.verdicts))


def remembering(engine: Engine, told: Told) -> Engine:
    """An engine of the same rules that decides what was decided."""
    return Remembering(engine.profiles, engine.chance, engine.predicates, told=told)


def side_by_side(steps: Sequence[Step]) -> bool:
    """Whether any two calls were under way at the same time, as far as the record can tell.

    Nobody knows when a call without an answer was over: whatever came after it may have come beside it.
    """
    open_until = -math.inf
    for arrived, told in sorted((step.arrived_ns or 0, step.told_ns or math.inf) for step in steps):
        if arrived < open_until:
            return True
        open_until = max(open_until, told)
    return False


def _as_told(verdict: Verdict, told: Mapping[str, Any] | None) -> Verdict:
    if verdict.missed:
        return verdict
    if told is None or not told["matched"]:
        return replace(verdict, would_fire=False)
    return replace(
        verdict, would_fire=told["would_fire"], suppressed=told.get("suppressed", ""), wait_ms=told.get("wait_ms"),
        attempt=told.get("attempt", 1),
    )  # fmt: skip
