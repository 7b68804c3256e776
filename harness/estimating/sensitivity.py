"""How small a difference a paired comparison could have seen: at 5 % two-sided, four times in five."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import stdev
from typing import Final

from harness.estimating.distributions import ALPHA, normal_quantile, sign_test

POWER: Final = 0.8
_EXACT_MAX: Final = 150
_HALVINGS: Final = 24


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The smallest true difference that would have been shown with a chance of 80 %."""

    smallest: float | None
    """None: no difference at all could have been shown by so few pairs."""
    method: str


def smallest_seen(pairs: int, discordant: int) -> Sensitivity:
    """The smallest difference of success rates that exact McNemar would have shown of so many pairs.

    Pairs are taken to disagree as often as they did, and at least as often as the difference itself asks. Power by
    summing over all outcomes up to 150 pairs; beyond them by the formula of Connor 1987 (Biometrics 43, 207).
    """
    seen = discordant / pairs if pairs else 0.0
    exact = pairs <= _EXACT_MAX
    enough = _exact(pairs, seen) if exact else _connor(pairs, seen)
    name = "exact power of McNemar's test" if exact else "Connor 1987"
    return Sensitivity(_least(enough), f"{name}; 80 % power, 5 % two-sided")


def smallest_mean(differences: Sequence[float]) -> Sensitivity:
    """The smallest mean difference that would have been shown, from how far the pairs' differences scatter."""
    method = "normal approximation; 80 % power, 5 % two-sided"
    if len(differences) < 2:
        return Sensitivity(None, method)
    reach = normal_quantile(1 - ALPHA / 2) + normal_quantile(POWER)
    return Sensitivity(reach * stdev(differences) / math.sqrt(len(differences)), method)


def _least(enough: Callable[[float], bool]) -> float | None:
    if not enough(1.0):
        return None
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _connor(pairs: int, seen: float) -> Callable[[float], bool]:
    normal, power = normal_quantile(1 - ALPHA / 2), normal_quantile(POWER)

    def enough(difference: float) -> bool:
        apart = max(seen, difference)
        needed = normal * math.sqrt(apart) + power * math.sqrt(apart - difference * difference)
        return pairs * difference * difference >= needed * needed

    return enough


def _exact(pairs: int, seen: float) -> Callable[[float], bool]:
    limits = _limits(pairs)

    def enough(difference: float) -> bool:
        apart = max(seen, difference)
        lost = (apart - difference) / (2 * apart) if apart else 0.5
        shown = (
            _chance(pairs, count, apart) * sum(_chance(count, taken, lost) for taken in range(limit + 1))
            for count, limit in enumerate(limits) if limit >= 0
        )  # fmt: skip
        return math.fsum(shown) >= POWER

    return enough


def _limits(pairs: int) -> list[int]:
    """For each number of pairs that differ, how many may speak against the difference; -1: not even none."""
    limits, allowed = [], -1
    for count in range(pairs + 1):
        while allowed + 1 <= count // 2 and sign_test(allowed + 1, count - allowed - 1) < ALPHA:
            allowed += 1
        limits.append(allowed)
    return limits


def _chance(count: int, taken: int, share: float) -> float:
    """The chance of exactly so many of them."""
    return math.comb(count, taken) * share**taken * (1 - share) ** (count - taken)
