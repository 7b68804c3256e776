"""Intervals for rates, and what several trials of one scenario say about the next ones."""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from harness.errors import HarnessError

Z_95: Final = 1.959963984540054
_TRIALS_MAX: Final = 1_000_000


class StatisticsError(HarnessError):
    """A figure that these trials cannot give."""

    code = "statistics"


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


@dataclass(frozen=True, slots=True)
class Cell:
    """The trials of one scenario, and the template that it is a variant of."""

    template: str
    successes: int
    trials: int


def wilson(successes: int, trials: int, z: float = Z_95) -> Rate:
    """The score interval of a binomial share (Wilson, 1927); nothing tried leaves everything open."""
    return scored(successes, trials, trials, z)


def clustered(cells: Sequence[Cell], z: float = Z_95) -> Rate:
    """The share over all cells, its interval widened where variants of one template agree with each other.

    The number of trials in Wilson's formula is divided by Kish's design effect of the templates (Survey Sampling,
    1965); where there are no variants, or where nothing can be said of their agreement, it stays as it is.
    """
    successes, trials = sum(cell.successes for cell in cells), sum(cell.trials for cell in cells)
    groups, effect = grouped(cells), 1.0
    if len(groups) not in (1, len(cells)):
        effect = design_effect(_squares(groups, successes, trials), len(groups), successes, trials)
    return scored(successes, trials, trials / effect, z)


def pass_at(cells: Sequence[Cell], k: int) -> float:
    """The chance that at least one of k trials succeeds: without bias, 1 - C(n - c, k) / C(n, k) of a scenario.

    From Chen et al. 2021, section 2.1; averaged within templates first, then over them. Raises StatisticsError for
    a scenario with fewer than k trials.
    """
    return _averaged(cells, k, lambda cell: 1 - math.comb(cell.trials - cell.successes, k) / math.comb(cell.trials, k))


def pass_all(cells: Sequence[Cell], k: int) -> float:
    """The chance that k trials all succeed: without bias, C(c, k) / C(n, k) of a scenario; averaged like `pass_at`.

    From Yao et al. 2024, section 4. Raises StatisticsError for a scenario with fewer than k trials.
    """
    return _averaged(cells, k, lambda cell: math.comb(cell.successes, k) / math.comb(cell.trials, k))


def trials_to_show(share: float, bound: float) -> int | None:
    """How many trials at this share lift the interval's lower end to a bound; None where a million would not."""
    found = bisect_left(range(1, _TRIALS_MAX), True, key=lambda trials: _low(share, trials) >= bound) + 1
    return found if found < _TRIALS_MAX else None


def grouped(cells: Iterable[Cell]) -> list[list[Cell]]:
    """The cells of each template, in order."""
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(cell.template, []).append(cell)
    return list(groups.values())


def scored(successes: int, trials: int, counting: float, z: float = Z_95) -> Rate:
    """A share with the score interval of so many independent trials as `counting` says."""
    if trials == 0:
        return Rate(0, 0, 0.0, 1.0)
    share, spread = successes / trials, z * z / counting
    middle = (share + spread / 2) / (1 + spread)
    reach = z / (1 + spread) * math.sqrt(share * (1 - share) / counting + spread / (4 * counting))
    low = 0.0 if successes == 0 else max(0.0, middle - reach)
    high = 1.0 if successes == trials else min(1.0, middle + reach)
    return Rate(successes, trials, low, high)


def _low(share: float, trials: int) -> float:
    """The interval's lower end for a share of any trials; it grows with them."""
    spread = Z_95 * Z_95 / trials
    reach = Z_95 / (1 + spread) * math.sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return (share + spread / 2) / (1 + spread) - reach


def design_effect(squares: float, groups: int, successes: int, trials: int) -> float:
    """How many times the variance is that of independent trials; 1 at least.

    `squares`: the sum over groups of the square of how many more succeeded there than the share of all would have.
    """
    if successes in (0, trials):
        return 1.0
    share = successes / trials
    variance = groups / (groups - 1) * squares / trials**2
    return max(1.0, variance * trials / (share * (1 - share)))


def _squares(groups: Sequence[Sequence[Cell]], successes: int, trials: int) -> float:
    share = successes / trials if trials else 0.0
    residues = [sum(cell.successes - share * cell.trials for cell in group) for group in groups]
    return sum(residue**2 for residue in residues)


def _averaged(cells: Sequence[Cell], k: int, estimate: Callable[[Cell], float]) -> float:
    fewest = min((cell.trials for cell in cells), default=0)
    if k < 1 or k > fewest:
        raise StatisticsError(f"{k} of {fewest} trials cannot be drawn", hint=f"k is between 1 and {fewest}")
    return fmean(fmean(map(estimate, group)) for group in grouped(cells))
