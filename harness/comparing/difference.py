"""How far apart two runs are, with an interval that knows which pairs belong together."""

from collections.abc import Mapping, Sequence

from harness.estimating.bootstrap import bootstrapped, is_varied
from harness.estimating.draws import USUAL, Draws
from harness.estimating.estimate import Estimate
from harness.running.statistics import wilson

Values = Sequence[tuple[float, float]]
"""The figure of each pair in the one run and in the other."""


def difference_of(
    families: Mapping[str, Mapping[str, Values]], is_share: bool, draws: Draws = USUAL
) -> Estimate:  # fmt: skip
    """The mean of the second run less that of the first over all pairs.

    Families are drawn anew, pairs and all; the scenarios of the only family; the pairs of the only scenario. Where all
    that could be drawn says the same, draws could tell nothing: of shares the interval then follows from those of the
    pairs that got better and that got worse.
    """
    unit, groups = _groups(families)
    values = [pair for group in groups for pair in group]
    if not values:
        return Estimate(0.0, -1.0 if is_share else 0.0, 1.0 if is_share else 0.0, "no pair counts")
    sums = [sum(other - one for one, other in group) for group in groups]
    sizes = [float(len(group)) for group in groups]
    if is_varied([total / size for total, size in zip(sums, sizes, strict=True)]):
        return bootstrapped([sums], sizes, unit, draws)[0]
    return _of_shares(values) if is_share else _all_alike(sum(sums) / sum(sizes), len(groups), unit)


def _groups(families: Mapping[str, Mapping[str, Values]]) -> tuple[str, list[Values]]:
    if len(families) > 1:
        return "families", [[pair for one in family.values() for pair in one] for family in families.values()]
    scenarios = [values for family in families.values() for values in family.values()]
    if len(scenarios) > 1:
        return "scenarios", scenarios
    return "pairs", [[pair] for values in scenarios for pair in values]


def _of_shares(values: Values) -> Estimate:
    count = len(values)
    broke = wilson(sum(one > other for one, other in values), count)
    mended = wilson(sum(other > one for one, other in values), count)
    low, high = mended.low - broke.high, mended.high - broke.low
    return Estimate(mended.value - broke.value, low, high, "from Wilson's intervals of both kinds of pairs")


def _all_alike(value: float, count: int, unit: str) -> Estimate:
    return Estimate(value, value, value, f"all {count} {unit} differ by the same")
