"""Tails and quantiles of the few distributions that intervals and tests need; exact where that is cheap."""

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Final

ALPHA: Final = 0.05
_NORMAL: Final = NormalDist()
_FREEDOM_MAX: Final = 200
"""Degrees of freedom from which on Student's t is taken as normal."""


def normal_quantile(share: float) -> float:
    """The value below which this share of the standard normal lies."""
    return _NORMAL.inv_cdf(share)


def normal_cdf(value: float) -> float:
    """The share of the standard normal below a value."""
    return _NORMAL.cdf(value)


def sign_test(one: int, other: int) -> float:
    """The two-sided p of a split as uneven as this one or more, if both sides were as likely; 1 for nothing.

    Exact: twice the smaller binomial tail at one half, at most 1.
    """
    count = one + other
    term, tail = 1, 0
    for taken in range(min(one, other) + 1):
        tail += term
        term = term * (count - taken) // (taken + 1)
    return min(1.0, 2 * tail / (1 << count))


@lru_cache(maxsize=256)
def student_quantile(freedom: int) -> float:
    """The 97.5 % quantile of Student's t, by bisection of its distribution function."""
    if freedom > _FREEDOM_MAX:
        return normal_quantile(1 - ALPHA / 2)
    low, high = 0.0, 100.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _student_within(middle, freedom) < 1 - ALPHA else (low, middle)
    return (low + high) / 2


def _student_within(value: float, freedom: int) -> float:
    """The chance that Student's t lies between -value and value (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4)."""
    angle = math.atan(value / math.sqrt(freedom))
    cosine, sine = math.cos(angle), math.sin(angle)
    odd = freedom % 2
    term, total = (cosine if odd else 1.0), 0.0
    for step in range(1 + odd, freedom, 2):
        total += term
        term *= cosine * cosine * step / (step + 1)
    return 2 / math.pi * (angle + sine * total) if odd else sine * total
