"""Intervals for rates."""

import math
from dataclasses import dataclass
from typing import Final

Z_95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of successes with its 95 % interval."""

    successes: int
    trials: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself; 0 of 0 counts as 0."""
        return self.successes / self.trials if self.trials else 0.0


def wilson(successes: int, trials: int, z: float = Z_95) -> Rate:
    """The score interval of a binomial share (Wilson, 1927); nothing tried leaves everything open."""
    if trials == 0:
        return Rate(0, 0, 0.0, 1.0)
    share, spread = successes / trials, z * z / trials
    middle = (share + spread / 2) / (1 + spread)
    reach = z / (1 + spread) * math.sqrt(share * (1 - share) / trials + spread / (4 * trials))
    low = 0.0 if successes == 0 else max(0.0, middle - reach)
    high = 1.0 if successes == trials else min(1.0, middle + reach)
    return Rate(successes, trials, low, high)
