"""Between what an interval's ends lie, whatever the episodes that do not count would have come to.

Where variants of a template widen an interval, its ends are not monotone: one more success may make templates agree
less and lower them both. So it is not enough to look at the two extremes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from harness.estimating.bootstrap import CLUSTERS_MAX, bootstrapped
from harness.estimating.estimate import Estimate
from harness.estimating.passing import PASSING, Kind, clusters, transformed
from harness.running.statistics import Cell, Rate, clustered, design_effect, grouped, pass_all, pass_at, scored

WORK_MAX: Final = 50_000
"""Missing episodes times templates that lack some: beyond it nobody waits for what could be said."""
_ROUNDING: Final = 1e-9
_HALVINGS: Final = 24


@dataclass(frozen=True, slots=True)
class Ends:
    """The lowest and the highest that each end of an interval can be."""

    low: tuple[float, float]
    high: tuple[float, float]


class _Lacking(NamedTuple):
    """A template that lacks episodes."""

    residue: float
    """How many more succeeded than its share of all successes, if all that are missing failed."""
    missing: int


def ends_of_rate(worst: Sequence[Cell], best: Sequence[Cell]) -> Ends | None:
    """The ends that `clustered` can come to between two extremes: all that is missing failed, or all succeeded.

    They are never narrower than what is possible, and wider only where a template lacks two episodes or more, by
    little. None: it would take too long to say.
    """
    groups = [(sum(cell.successes for cell in low), sum(cell.trials for cell in low)) for low in grouped(worst)]
    missing = [sum(cell.successes for cell in high) - low[0] for low, high in zip(groups, grouped(best), strict=True)]
    if len(groups) in (1, len(worst)) or not any(missing):
        return _spanned([clustered(worst), clustered(best)])
    if sum(missing) * sum(map(bool, missing)) > WORK_MAX:
        return None
    return _spanned([rate for added in range(sum(missing) + 1) for rate in _rates(groups, missing, added)])


def ends_of_passing(worst: Sequence[Cell], best: Sequence[Cell], sign: str, k: int) -> Ends | None:
    """The same for `pass^k` and `pass@k`; None also where their interval is not that of draws.

    Draws are the same for all outcomes, so that what they give is monotone; it is what follows from the success rate,
    where all could come to agree, that is not. Raises StatisticsError for a k that a scenario has no trials for.
    """
    kind = pass_at if sign == "@" else pass_all
    least, most = clusters(worst, k, kind), clusters(best, k, kind)
    if len(worst) == 1 or list(worst) == list(best):
        return _spanned([PASSING[sign](cells, [k])[k] for cells in (worst, best)])
    if len(least) > CLUSTERS_MAX:
        return None
    found = bootstrapped([least, most], [1.0] * len(least))
    if max(least) > min(most) + _ROUNDING:  # some differ in any case
        return _spanned(found)
    rate = ends_of_rate(worst, best)
    return rate and _spanned([*found, *_agreed(rate, k, kind, kind(worst, k), kind(best, k))])


def _agreed(rate: Ends, k: int, kind: Kind, least: float, most: float) -> Iterator[Estimate]:
    """The least and the most that can be told where all agree."""
    for place, value in enumerate((least, most)):
        low, high = transformed(Rate(0, 0, rate.low[place], rate.high[place]), k, kind, several=True)
        yield Estimate(value, min(low, value), max(high, value), "")


def _spanned(rates: Sequence[Rate | Estimate]) -> Ends:
    lows, highs = [rate.low for rate in rates], [rate.high for rate in rates]
    return Ends(_widened(min(lows), max(lows)), _widened(min(highs), max(highs)))


def _widened(low: float, high: float) -> tuple[float, float]:
    """A span that sums in another order do not leave; what is the same in any case stays as it is."""
    return (low, high) if low == high else (max(0.0, low - _ROUNDING), min(1.0, high + _ROUNDING))


def _rates(groups: Sequence[tuple[int, int]], missing: Sequence[int], added: int) -> Iterator[Rate]:
    """The rate if so many of the missing ones succeeded: where templates agree as much, and as little, as they can."""
    successes, trials = sum(group[0] for group in groups) + added, sum(group[1] for group in groups)
    share = successes / trials
    residues = [good - share * count for good, count in groups]
    fixed = sum(residue**2 for residue, lacks in zip(residues, missing, strict=True) if not lacks)
    lacking = [_Lacking(*pair) for pair in zip(residues, missing, strict=True) if pair[1]]
    for squares in (fixed + _least(lacking, added), fixed + _most(lacking, added)):
        effect = design_effect(squares, len(groups), successes, trials)
        yield scored(successes, trials, trials / effect)


def _most(lacking: Sequence[_Lacking], added: int) -> float:
    """No less than the sum of squares of residues can be once so many are added, and no more where none lacks two.

    Each square is replaced by its chord, which lies above it; what is then linear is greatest where it is steepest.
    """
    squares, left = sum(one.residue**2 for one in lacking), added
    for steepness, missing in sorted(((2 * one.residue + one.missing, one.missing) for one in lacking), reverse=True):
        taken = min(missing, left)
        squares += taken * steepness
        left -= taken
    return squares


def _least(lacking: Sequence[_Lacking], added: int) -> float:
    """No more than that sum can be: its Lagrangian dual, at the level to which all are filled up."""
    wanted = added + sum(one.residue for one in lacking)
    low, high = min(one.residue for one in lacking), max(one.residue + one.missing for one in lacking)
    for _ in range(_HALVINGS):
        level = (low + high) / 2
        enough = sum(_filled(one, level) for one in lacking) >= wanted
        low, high = (low, level) if enough else (level, high)
    filled = [_filled(one, high) for one in lacking]
    return max(0.0, sum(residue * residue for residue in filled) + 2 * high * (wanted - sum(filled)))


def _filled(one: _Lacking, level: float) -> float:
    return min(max(level, one.residue), one.residue + one.missing)
