"""Tests of paired differences, exact where that is cheap."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from harness.estimating.distributions import normal_cdf, sign_test
from harness.estimating.draws import USUAL, Draws

_FLIPS: Final = 9_999
_EXACT_MAX: Final = 12
_DRAWN_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Tested:
    """A two-sided test and what came of it."""

    p: float
    name: str


def mcnemar(broke: int, mended: int) -> Tested:
    """McNemar's test in its exact form: of the pairs that differ, are as many better as worse? (McNemar 1947)."""
    return Tested(sign_test(broke, mended), "exact McNemar")


def flipped_signs(differences: Sequence[float], draws: Draws = USUAL) -> Tested:
    """Whether differences are as often up as down: their sum against the sums with signs turned about at random.

    Fisher 1935 (section 21): all signs up to 12 differences that are not 0; 9,999 draws up to 1,000, counted with the
    one that was seen (Davison and Hinkley 1997, chapter 4); the normal limit of the same beyond.
    """
    moved = [difference for difference in differences if difference]
    if len(moved) > _DRAWN_MAX:
        reach = abs(math.fsum(moved)) / math.sqrt(math.fsum(value * value for value in moved))
        return Tested(2 * normal_cdf(-reach), "sign flips (normal limit)")
    tables, total = _tables(moved), math.fsum(moved)
    seen = abs(total) * (1 - 1e-12)
    if len(moved) <= _EXACT_MAX:
        sums = [_sum(tables, number.to_bytes(len(tables), "little")) for number in range(2 ** len(moved))]
        return Tested(sum(abs(2 * one - total) >= seen for one in sums) / len(sums), "exact sign flips")
    width = len(tables)
    drawn = draws.bytes_of(f"flips {len(moved)}", _FLIPS * width)
    ends = range(0, _FLIPS * width + 1, width)
    extreme = sum(abs(2 * _sum(tables, drawn[start:end]) - total) >= seen for start, end in pairwise(ends))
    return Tested((extreme + 1) / (_FLIPS + 1), f"sign flips ({_FLIPS:,} draws)")


def holm(values: Sequence[float]) -> list[float]:
    """The p values of several tests as they stand beside each other (Holm 1979): each at most 1, order kept."""
    order = sorted(range(len(values)), key=values.__getitem__)
    adjusted, highest = [0.0] * len(values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, values[place] * (len(values) - rank)))
        adjusted[place] = highest
    return adjusted


def _tables(values: Sequence[float]) -> list[list[float]]:
    """For every eight values the sums of those that the bits of a byte name."""
    tables = []
    for start in range(0, len(values), 8):
        table = [0.0]
        for value in values[start : start + 8]:
            table += [known + value for known in table]
        tables.append((table * 256)[:256])
    return tables


def _sum(tables: Sequence[Sequence[float]], bits: bytes) -> float:
    return sum(table[byte] for table, byte in zip(tables, bits, strict=True))
