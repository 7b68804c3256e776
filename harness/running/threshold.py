"""Thresholds: what a run's figures must reach, as the command line says it."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, Literal, NamedTuple

from harness.errors import HarnessError
from harness.estimating.bounds import ends_of_passing, ends_of_rate
from harness.estimating.passing import PASSING
from harness.running.arm import labelled
from harness.running.statistics import Cell, clustered, pass_all, pass_at
from harness.running.tally import Tally

_RELATIONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_SHAPE: Final = re.compile(
    r"(?:(?P<scenario>\S+):)?(?P<figure>[^\s<>=:\[\]]+)(?:\[(?P<arm>[^\]\s]+)\])?\s*(?P<relation>>=|<=|>|<)\s*(?P<bound>\S+)"
)
_DRAWN: Final = re.compile(r"pass([@^])(\d{1,6})(?:\.(low|high))?")
_COUNTS: Final = ("violations", "collateral")
_SHARES: Final = ("success", "success.low", "success.high")
ACCEPTED: Final = (
    "[SCENARIO:]FIGURE RELATION NUMBER with a FIGURE of success, pass^K, pass@K (each also with .low or .high),"
    " violations, collateral, of one arm of --faults as FIGURE[ARM], and a RELATION of >=, >, <=, <;"
    " e.g. 'success.low>=0.8', 'refund:pass^3.low>0.5' or 'success[rate-limited]>=0.5'"
)
State = Literal["met", "missed", "open"]


class ThresholdError(HarnessError):
    """A threshold that cannot be read, or that this run can never answer."""

    code = "threshold"


@dataclass(frozen=True, slots=True)
class Threshold:
    """One thing that must hold of a run's figures."""

    text: str
    figure: str
    relation: str
    bound: float
    scenario: str | None = None
    """A pattern: the threshold holds for each template or scenario that fits it; None: for all together."""
    arm: str | None = None
    """A pattern: the arms that it is asked of, each for itself; None: every arm."""

    @property
    def k(self) -> int | None:
        """How many trials a `pass^K` or `pass@K` draws, or an end of its interval."""
        drawn = _DRAWN.fullmatch(self.figure)
        return int(drawn.group(2)) if drawn else None

    def holds(self, value: float) -> bool:
        """Whether a value of the figure will do."""
        return _RELATIONS[self.relation](value, self.bound)


@dataclass(frozen=True, slots=True)
class Judged:
    """A threshold and what became of it."""

    threshold: Threshold
    state: State
    """`open`: the episodes that do not count could turn it either way."""
    value: float | None
    """The figure of the scenario that is furthest off; None where no episode counts."""
    where: str = ""
    """Which scenario that is, where the threshold names some."""
    success: float = 0.0
    """The success rate there."""
    arm: str = ""
    """Which arm that is, where there are several, or the threshold names one."""

    @property
    def place(self) -> str:
        """The scenario and the arm that the value is of, where the threshold does not name them itself."""
        arm = "" if self.arm == self.threshold.arm else self.arm
        scenario = "" if self.where == self.threshold.scenario else self.where
        return labelled(scenario, arm).strip()


class _Group(NamedTuple):
    """What is judged together."""

    scenario: str
    """Empty: all of them."""
    arm: str
    """Empty: there is but one."""


@dataclass(frozen=True, slots=True)
class _Count:
    """A scenario's episodes, and how many of them did harm."""

    cell: Cell
    harmful: Mapping[str, int]


def read_threshold(text: str) -> Threshold:
    """The threshold that a text says. Raises ThresholdError with what is accepted."""
    shape = _SHAPE.fullmatch(text.strip())
    if shape is None:
        raise ThresholdError(f"cannot read the threshold {text!r}", hint=ACCEPTED)
    figure = shape["figure"]
    if figure not in (*_SHARES, *_COUNTS) and not _DRAWN.fullmatch(figure):
        raise ThresholdError(f"threshold {text!r}: there is no figure {figure!r}", hint=ACCEPTED)
    return Threshold(
        text, figure, shape["relation"], _bound(text, figure, shape["bound"]), shape["scenario"], shape["arm"]
    )


def refuse_unanswerable(thresholds: Sequence[Threshold], tallies: Sequence[Tally]) -> None:
    """Refuse thresholds that ask for more trials than are planned, or for other scenarios. Raises ThresholdError."""
    for threshold in thresholds:
        groups = _groups(threshold, tallies)
        arms = list(dict.fromkeys(tally.arm for tally in tallies if tally.arm))
        if threshold.arm is not None and not _of_arm(threshold, tallies):
            raise ThresholdError(
                f"threshold {threshold.text!r}: no arm is named {threshold.arm!r}",
                hint=f"there are: {', '.join(arms)}" if arms else "name arms by --faults",
            )
        if not groups:
            names = ", ".join(dict.fromkeys(tally.template or tally.scenario for tally in tallies))
            raise ThresholdError(
                f"threshold {threshold.text!r}: no scenario is named {threshold.scenario!r}", hint=f"there are: {names}"
            )
        trials = min(tally.planned for group in groups.values() for tally in group)
        if threshold.k is not None and not 1 <= threshold.k <= trials:
            raise ThresholdError(
                f"threshold {threshold.text!r}: {threshold.k} of {trials} trials cannot be drawn",
                hint=f"k is 1 to {trials}, or give more --trials",
            )


def judge_thresholds(thresholds: Sequence[Threshold], tallies: Sequence[Tally]) -> list[Judged]:
    """What became of each threshold; never an error."""
    return [_judged(threshold, _groups(threshold, tallies)) for threshold in thresholds]


def _bound(text: str, figure: str, written: str) -> float:
    try:
        bound = float(written.removesuffix("%")) / (100 if written.endswith("%") else 1)
    except ValueError:
        raise ThresholdError(f"threshold {text!r}: {written!r} is no number", hint=ACCEPTED) from None
    if not (0 <= bound <= 1 or (figure in _COUNTS and bound >= 0)):
        raise ThresholdError(f"threshold {text!r}: {written} is no share", hint="write 0.8 or 80%")
    return bound


def _of_arm(threshold: Threshold, tallies: Sequence[Tally]) -> list[Tally]:
    """The tallies of the arms that a threshold names, or all."""
    wanted = threshold.arm
    if wanted is None:
        return list(tallies)
    return [tally for tally in tallies if tally.arm and (tally.arm == wanted or fnmatchcase(tally.arm, wanted))]


def _groups(threshold: Threshold, tallies: Sequence[Tally]) -> dict[_Group, list[Tally]]:
    """What is judged together: the tallies of one arm, and of one template or scenario where some are named."""
    several = threshold.arm is not None or len({tally.arm for tally in tallies}) > 1
    groups: dict[_Group, list[Tally]] = {}
    for tally in _of_arm(threshold, tallies):
        name = _name(threshold, tally)
        if name is not None:
            groups.setdefault(_Group(name, tally.arm if several else ""), []).append(tally)
    return groups


def _name(threshold: Threshold, tally: Tally) -> str | None:
    """The group of a tally by its scenario; None: the threshold is not about it."""
    template = tally.template or tally.scenario
    if threshold.scenario is None:
        return ""
    if fnmatchcase(template, threshold.scenario):
        return template
    return tally.scenario if tally.scenario == threshold.scenario else None


def _judged(threshold: Threshold, groups: Mapping[_Group, Sequence[Tally]]) -> Judged:
    """A threshold holds when each of its groups does."""
    each = [_judged_group(threshold, name, group) for name, group in groups.items()]
    order = {"missed": 0, "open": 1, "met": 2}
    downwards = threshold.relation.startswith("<")
    return min(each, key=lambda one: (order[one.state], (one.value or 0) * (-1 if downwards else 1)))


def _judged_group(threshold: Threshold, group: _Group, tallies: Sequence[Tally]) -> Judged:
    possible = {threshold.holds(value) for value in _span(threshold, *_extremes(tallies))}
    state: State = "open" if len(possible) != 1 else "met" if possible == {True} else "missed"
    rate = clustered([tally.cell for tally in tallies]).value
    return Judged(threshold, state, _present(threshold, tallies), group.scenario, rate, group.arm)


def _span(threshold: Threshold, worst: Sequence[_Count], best: Sequence[_Count]) -> Sequence[float]:
    """The least and the most that the figure can be, whatever the missing episodes come to; empty where that would
    take too long to say. Shares and counts are monotone, ends of intervals are not."""
    figure, _, end = threshold.figure.partition(".")
    if not end:
        return [_value(threshold, worst), _value(threshold, best)]
    cells = [count.cell for count in worst], [count.cell for count in best]
    drawn = _DRAWN.fullmatch(figure)
    ends = ends_of_passing(*cells, drawn[1], int(drawn[2])) if drawn else ends_of_rate(*cells)
    return () if ends is None else ends.low if end == "low" else ends.high


def _present(threshold: Threshold, tallies: Sequence[Tally]) -> float | None:
    """The figure of the episodes that count."""
    counts = [_Count(tally.cell, _harmful(tally)) for tally in tallies if tally.valid]
    short = threshold.k is not None and any(count.cell.trials < threshold.k for count in counts)
    return _value(threshold, counts) if counts and not short else None


def _extremes(tallies: Sequence[Tally]) -> tuple[list[_Count], list[_Count]]:
    """The counts if all that do not count had failed and done harm, and if all had succeeded."""
    worst, best = [], []
    for tally in tallies:
        missing, cell, harmful = tally.planned - tally.valid, tally.cell, _harmful(tally)
        harm = {name: count + missing for name, count in harmful.items()}
        worst.append(_Count(Cell(cell.template, cell.successes, tally.planned), harm))
        best.append(_Count(Cell(cell.template, cell.successes + missing, tally.planned), harmful))
    return worst, best


def _harmful(tally: Tally) -> dict[str, int]:
    valid = [summary for summary in tally.summaries if summary.counts]
    return {
        "violations": sum(bool(summary.violations) for summary in valid),
        "collateral": sum(bool(summary.collateral) for summary in valid),
    }


def _value(threshold: Threshold, counts: Sequence[_Count]) -> float:
    cells = [count.cell for count in counts]
    drawn = _DRAWN.fullmatch(threshold.figure)
    if drawn:
        return _drawn(cells, drawn.group(1), int(drawn.group(2)), drawn.group(3))
    if threshold.figure in _COUNTS:
        return sum(count.harmful[threshold.figure] for count in counts)
    rate = clustered(cells)
    return {"success": rate.value, "success.low": rate.low, "success.high": rate.high}[threshold.figure]


def _drawn(cells: Sequence[Cell], sign: str, k: int, end: str | None) -> float:
    if end is None:
        return (pass_at if sign == "@" else pass_all)(cells, k)
    estimate = PASSING[sign](cells, [k])[k]
    return estimate.low if end == "low" else estimate.high
