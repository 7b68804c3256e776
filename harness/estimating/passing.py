"""pass@k and pass^k with intervals that know of families."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Final

from harness.estimating.bootstrap import bootstrapped, is_varied
from harness.estimating.draws import USUAL, Draws
from harness.estimating.estimate import Estimate
from harness.running.statistics import Cell, Rate, clustered, grouped, pass_all, pass_at

DRAWN: Final = (1, 2, 4, 8, 16, 32)
"""Beyond the last one nobody asks; thresholds may name any."""
Kind = Callable[[Sequence[Cell], int], float]


def shown_k(cells: Sequence[Cell]) -> list[int]:
    """Which k are told: some usual ones, and the number of trials that every scenario has, unless it is larger.

    None for no trials.
    """
    fewest = min((cell.trials for cell in cells), default=0)
    most = min(fewest, DRAWN[-1])
    return sorted({k for k in DRAWN if k < most} | {most}) if most else []


def pass_at_each(cells: Sequence[Cell], each: Sequence[int], draws: Draws = USUAL) -> dict[int, Estimate]:
    """`pass@k` for each k, with its interval. Raises StatisticsError for a k that a scenario has no trials for."""
    return _each(cells, each, pass_at, draws)


def pass_all_each(cells: Sequence[Cell], each: Sequence[int], draws: Draws = USUAL) -> dict[int, Estimate]:
    """`pass^k` for each k, with its interval. Raises StatisticsError for a k that a scenario has no trials for."""
    return _each(cells, each, pass_all, draws)


def _each(cells: Sequence[Cell], each: Sequence[int], kind: Kind, draws: Draws) -> dict[int, Estimate]:
    """Families are drawn anew, or the scenarios of the only one; where all of them agree, draws could tell nothing."""
    values = {k: kind(cells, k) for k in each}
    unit, columns = _unit(cells), {k: clusters(cells, k, kind) for k in each}
    varied = [k for k in each if is_varied(columns[k])]
    found = bootstrapped([columns[k] for k in varied], [1.0] * len(columns[varied[0]]), unit, draws) if varied else []
    return {k: _agreed(cells, k, kind, value) for k, value in values.items()} | {
        k: _within(estimate) for k, estimate in zip(varied, found, strict=True)
    }


def clusters(cells: Sequence[Cell], k: int, kind: Kind) -> list[float]:
    """What is drawn anew: the chance in each family, or in each scenario of the only one."""
    groups = grouped(cells)
    groups = groups if len(groups) > 1 else [[cell] for cell in cells]
    return [fmean(kind([cell], k) for cell in group) for group in groups]


def _unit(cells: Sequence[Cell]) -> str:
    return "families" if len(grouped(cells)) > 1 else "scenarios"


def _agreed(cells: Sequence[Cell], k: int, kind: Kind, value: float) -> Estimate:
    """The interval that follows from that of the success rate."""
    low, high = transformed(clustered(cells), k, kind, several=len(cells) > 1)
    return Estimate(value, min(low, value), max(high, value), "from Wilson's interval of the success rate")


def transformed(rate: Rate, k: int, kind: Kind, *, several: bool) -> tuple[float, float]:
    """The interval of a chance of k trials, where scenarios agree in it, from that of the success rate.

    For one scenario it is the transformed interval itself. For several it is what holds however unlike they are: by
    Jensen's inequality the mean of p^k lies between (mean p)^k and mean p, and 1 - (1 - p)^k the other way about.
    """
    if kind is pass_all:
        return rate.low**k, (rate.high if several else rate.high**k)
    return (rate.low if several else 1 - (1 - rate.low) ** k), 1 - (1 - rate.high) ** k


def _within(estimate: Estimate) -> Estimate:
    """The estimate, its ends no further than chances can go."""
    return replace(estimate, low=max(0.0, estimate.low), high=min(1.0, estimate.high))


PASSING: Final[Mapping[str, Callable[[Sequence[Cell], Sequence[int]], dict[int, Estimate]]]] = {
    "@": pass_at_each, "^": pass_all_each,
}  # fmt: skip
"""By the sign that stands between `pass` and k."""
