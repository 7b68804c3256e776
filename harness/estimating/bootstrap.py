"""The bootstrap over clusters: whole ones are drawn anew, so that what agrees within one stays together."""

import math
from collections.abc import Sequence
from typing import Final

from harness.estimating.distributions import normal_cdf, normal_quantile, student_quantile
from harness.estimating.draws import USUAL, Draws, chosen
from harness.estimating.estimate import Estimate

REPEATS: Final = 2_000
CLUSTERS_MAX: Final = 500
"""With more clusters the draws would only give again what the normal approximation gives."""

_ROUNDING: Final = 1e-9


def bootstrapped(
    columns: Sequence[Sequence[float]], weights: Sequence[float], unit: str = "families", draws: Draws = USUAL
) -> list[Estimate]:
    """For each column the ratio of its sum to that of the weights, with the interval of clusters drawn anew.

    A column has one number for each cluster; two clusters at least. Percentile intervals (Efron 1979), their ends moved
    out for few clusters as Hesterberg 2015 (expanded percentiles) says; beyond 500 clusters the normal
    limit with the linearised error of a ratio (Cochran 1977, chapter 6).
    """
    if len(weights) > CLUSTERS_MAX:
        return [_normal(column, weights, unit) for column in columns]
    count = len(weights)
    indices = draws.indices(f"bootstrap {count}", REPEATS * count, count)
    ratios: list[list[float]] = [[] for _ in columns]
    for start in range(0, REPEATS * count, count):
        drawn = indices[start : start + count]
        weight = chosen(weights, drawn)
        for column, found in zip(columns, ratios, strict=True):
            found.append(chosen(column, drawn) / weight)
    total = sum(weights)
    return [
        _percentiles(sum(column) / total, found, count, unit) for column, found in zip(columns, ratios, strict=True)
    ]


def is_varied(values: Sequence[float]) -> bool:
    """Whether values differ by more than rounding: draws of values that all agree could tell nothing."""
    return max(values) - min(values) > _ROUNDING


def _percentiles(value: float, found: list[float], count: int, unit: str) -> Estimate:
    found.sort()
    tail = normal_cdf(-math.sqrt(count / (count - 1)) * student_quantile(count - 1))
    low, high = _quantile(found, tail), _quantile(found, 1 - tail)
    return Estimate(value, min(low, value), max(high, value), f"bootstrap over {count} {unit}")


def _quantile(ordered: Sequence[float], share: float) -> float:
    """A quantile of ordered values, between two of them where it falls there."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _normal(column: Sequence[float], weights: Sequence[float], unit: str) -> Estimate:
    count, total = len(weights), sum(weights)
    ratio = sum(column) / total
    squares = sum((value - ratio * weight) ** 2 for value, weight in zip(column, weights, strict=True))
    reach = normal_quantile(0.975) * math.sqrt(squares * count / (count - 1)) / total
    return Estimate(ratio, ratio - reach, ratio + reach, f"normal limit of the bootstrap over {count} {unit}")
