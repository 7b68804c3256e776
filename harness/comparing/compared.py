"""What two runs say about each other: what got better and worse, and whether anything was shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Literal

from harness.comparing.difference import Values, difference_of
from harness.comparing.metric import Metric, metric_of
from harness.comparing.pairing import Pair, Pairing, paired
from harness.comparing.side import CompareError, Side, side_of
from harness.estimating.distributions import ALPHA
from harness.estimating.estimate import Estimate
from harness.estimating.pair_tests import Tested, flipped_signs, holm, mcnemar
from harness.estimating.sensitivity import Sensitivity, smallest_mean, smallest_seen
from harness.estimating.variance import Split, split_of_pair
from harness.recording.run_folder import RunFolder
from harness.running.tally import RunResult

Shown = Literal["better", "worse", "nothing"]


class NothingShared(CompareError):
    """Runs that have no scenario, arm and trial in common."""

    code = "nothing_shared"


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario and arm in both runs."""

    scenario: str
    arm: str
    values: Values
    better: int
    """Pairs in which the second run did better."""
    worse: int
    test: Tested
    changed: bool
    """Whether the scenario did not say the same in both runs."""

    @property
    def one(self) -> float:
        """The mean of the first run."""
        return fmean(one for one, _ in self.values)

    @property
    def other(self) -> float:
        """The mean of the second run."""
        return fmean(other for _, other in self.values)


@dataclass(frozen=True, slots=True)
class Compared:
    """The second run beside the first."""

    one: Side
    other: Side
    metric: Metric
    pairing: Pairing
    rows: tuple[Row, ...]
    """By scenario and arm; pairs that count in both."""
    difference: Estimate
    """The mean of the second run less that of the first, with the interval for scenarios like these."""
    test: Tested
    """Whether there is any difference on these very scenarios: pairs are independent given their scenario."""
    family_test: Tested
    """Whether there is one on scenarios like these: families are independent. Six at least can show anything."""
    sensitivity: Sensitivity
    variance: Split | None
    """Where single episodes differ from; None where one trial of each scenario cannot tell."""

    @property
    def values(self) -> Values:
        """The figures of all pairs that count in both runs."""
        return [pair for row in self.rows for pair in row.values]

    @property
    def is_one_run(self) -> bool:
        """Whether a run is compared with itself."""
        folders = self.one.result.folder, self.other.result.folder
        if folders[0] is None or folders[1] is None:
            return self.one.result is self.other.result
        return folders[0].path.resolve() == folders[1].path.resolve()

    @property
    def better(self) -> int:
        """Pairs in which the second run did better."""
        return sum(row.better for row in self.rows)

    @property
    def worse(self) -> int:
        """Pairs in which the second run did worse."""
        return sum(row.worse for row in self.rows)

    @property
    def shown(self) -> Shown:
        """What was shown on these very scenarios, at 5 %."""
        if not self.values or self.test.p >= ALPHA or not self.difference.value:
            return "nothing"
        return "better" if self.metric.gain(self.difference.value) > 0 else "worse"

    @property
    def beyond(self) -> bool:
        """Whether the same is shown of scenarios like these: by the test over families, at 5 %."""
        return self.shown != "nothing" and self.family_test.p < ALPHA


def compare_runs(
    one: "str | RunFolder | RunResult", other: "str | RunFolder | RunResult", metric: str = "success"
) -> Compared:
    """The second run beside the first, pair by pair of the same scenario, arm, trial and seeds.

    Raises FolderError, NothingShared for runs without a single pair, and CompareError for an unknown metric.
    """
    sides = side_of(one), side_of(other)
    figure, pairing = metric_of(metric, sides), paired(*sides)
    if not pairing.pairs:
        raise NothingShared(
            f"{sides[0].name} and {sides[1].name} have no episode in common: nothing can be compared",
            hint=_shared(*sides),
        )
    rows = _rows(pairing, figure)
    values, families = [pair for row in rows for pair in row.values], _families(pairing, figure)
    return Compared(
        *sides, figure, pairing, tuple(rows),
        difference_of(families, figure.is_share),
        _tested(values, figure),
        flipped_signs([_sum(family) for family in families.values()]),
        _sensitivity(values, figure),
        split_of_pair([row.values for row in rows]),
    )  # fmt: skip


def _rows(pairing: Pairing, metric: Metric) -> list[Row]:
    groups: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairing.pairs:
        groups.setdefault(pair.key[:2], []).append(pair)
    rows = [_row(name, arm, _values(pairs, metric), pairing, metric) for (name, arm), pairs in groups.items()]
    adjusted = holm([row.test.p for row in rows])
    return [replace(row, test=Tested(p, f"{row.test.name}, Holm")) for row, p in zip(rows, adjusted, strict=True)]


def _row(name: str, arm: str, values: Values, pairing: Pairing, metric: Metric) -> Row:
    gains = [metric.gain(other - one) for one, other in values]
    better, worse = sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)
    return Row(name, arm, values, better, worse, _tested(values, metric), name in pairing.changed)


def _values(pairs: Sequence[Pair], metric: Metric) -> Values:
    """The figures of the pairs that have one in both runs."""
    found = [(metric.of(pair.one), metric.of(pair.other)) for pair in pairs]
    return [(one, other) for one, other in found if one is not None and other is not None]


def _families(pairing: Pairing, metric: Metric) -> Mapping[str, Mapping[str, Values]]:
    """Family to scenario to figures; without what has none."""
    families: dict[str, dict[str, list[Pair]]] = {}
    for pair in pairing.pairs:
        families.setdefault(pair.template, {}).setdefault(pair.key[0], []).append(pair)
    measured = {
        family: {name: values for name, pairs in scenarios.items() if (values := _values(pairs, metric))}
        for family, scenarios in families.items()
    }
    return {family: scenarios for family, scenarios in measured.items() if scenarios}


def _tested(values: Values, metric: Metric) -> Tested:
    if not metric.is_share:
        return flipped_signs([other - one for one, other in values])
    return mcnemar(sum(one > other for one, other in values), sum(other > one for one, other in values))


def _sum(family: Mapping[str, Values]) -> float:
    """How much more the second run has in all pairs of a family."""
    return sum(other - one for values in family.values() for one, other in values)


def _sensitivity(values: Values, metric: Metric) -> Sensitivity:
    if metric.is_share:
        return smallest_seen(len(values), sum(one != other for one, other in values))
    return smallest_mean([other - one for one, other in values])


def _shared(one: Side, other: Side) -> str:
    """Why two runs have no pair, in words that help."""
    mine, theirs = ({tally.scenario for tally in side.result.tallies} for side in (one, other))
    both = sorted(mine & theirs)
    if not both:
        return f"one ran {_listed(sorted(mine))}; the other {_listed(sorted(theirs))}"
    if set(one.arms) & set(other.arms):
        return "of the episodes that both planned, none ended in both"
    return f"one ran in the arms {_listed(one.arms)}; the other in {_listed(other.arms)}"


def _listed(names: Sequence[str], most: int = 3) -> str:
    shown = ", ".join(name or "(the scenarios' own faults)" for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
