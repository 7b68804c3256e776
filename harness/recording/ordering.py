"""In which order recorded calls are played again, and whether that is the order in which they came."""

import math
from collections.abc import Iterable, Sequence

from harness.trajectory import Step
from sandbox_server.faults.around import TRUTH_STEP


def in_effect_order(steps: Iterable[Step]) -> list[Step]:
    """The steps in the order in which they took effect.

    One without an effect stays where the truth beside it was true, or else behind those answered before.
    """
    placed: list[tuple[int, bool, Step]] = []
    latest = 0
    for step in steps:
        latest = max(latest, step.effect)
        placed.append((step.effect or step.notes.get(TRUTH_STEP, latest), not step.effect, step))
    return [step for *_, step in sorted(placed, key=lambda each: each[:2])]


def side_by_side(steps: Sequence[Step]) -> bool:
    """Whether any two calls were under way at the same time, as far as the record can tell, or came in another order.

    Nobody knows when a call without an answer was over: whatever came after it may have come beside it.
    """
    arrivals = [step.arrival for step in in_effect_order(steps) if step.arrival]
    if arrivals != sorted(arrivals):
        return True
    open_until = -math.inf
    for arrived, told in sorted((step.arrived_ns or 0, step.told_ns or math.inf) for step in steps):
        if arrived < open_until:
            return True
        open_until = max(open_until, told)
    return False
