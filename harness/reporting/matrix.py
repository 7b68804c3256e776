"""Scenario by arm: how often it succeeded, between which rates that lies, and how reliable it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from harness.estimating.estimate import Estimate
from harness.estimating.passing import pass_all_each, pass_at_each, shown_k
from harness.reporting.run_facts import RunFacts
from harness.reporting.verdict import interval, percent
from harness.running.statistics import Rate, clustered, pass_all
from harness.running.tally import Tally

ROWS_MAX: Final = 300
HEATS: Final = 10


@dataclass(frozen=True, slots=True)
class Square:
    """One scenario in one arm."""

    scenario: str
    arm: str
    rate: Rate
    planned: int
    flaky: bool
    """Whether trials in the same world came to different ends."""
    told: str
    """All that it means, for whoever cannot see it or points at it."""

    @property
    def heat(self) -> str:
        """How good it looks, from 0 to 10; `none` where nothing counts."""
        return str(round(self.rate.value * HEATS)) if self.rate.trials else "none"


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario in every arm."""

    scenario: str
    squares: Sequence[Square | None]

    @property
    def flaky(self) -> bool:
        """Whether it is in any arm."""
        return any(square.flaky for square in self.squares if square)


@dataclass(frozen=True, slots=True)
class Column:
    """One arm over all scenarios."""

    arm: str
    rate: Rate
    drawn: Mapping[int, tuple[Estimate, Estimate]]
    """By k: pass@k and pass^k, as far as every scenario has as many trials."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """pass@k and pass^k of every arm for one k; None where a scenario of that arm has fewer trials."""

    k: int
    pairs: Sequence[tuple[Estimate, Estimate] | None]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole table."""

    columns: Sequence[Column]
    drawn: Sequence[Drawn]
    rows: Sequence[Row]
    cut: int
    """How many rows were left out, the best ones."""
    flaky: int
    """In how many rows trials came out differently."""


def matrix_of(facts: RunFacts) -> Matrix:
    """The table, rows in the order of the run; of too many only the worst."""
    squares = {(tally.scenario, tally.arm): _square(tally) for tally in facts.tallies}
    scenarios = list(dict.fromkeys(tally.scenario for tally in facts.tallies))
    rows = [Row(name, [squares.get((name, arm)) for arm in facts.arms]) for name in scenarios]
    worst = sorted(rows, key=_goodness)[:ROWS_MAX]
    shown = [row for row in rows if row in worst] if len(rows) > ROWS_MAX else rows
    columns = [_column(arm, [tally for tally in facts.tallies if tally.arm == arm]) for arm in facts.arms]
    each = sorted({k for column in columns for k in column.drawn if k > 1})
    drawn = [Drawn(k, [column.drawn.get(k) for column in columns]) for k in each]
    return Matrix(columns, drawn, shown, len(rows) - len(shown), sum(row.flaky for row in rows))


def _goodness(row: Row) -> float:
    return min((square.rate.value for square in row.squares if square), default=0.0)


def _square(tally: Tally) -> Square:
    rate = tally.success
    words = [f"{rate.successes:,} of {rate.trials:,} succeeded, 95 % interval {interval(rate)}"]
    words += [f"pass^{k} {percent(pass_all([tally.cell], k))}" for k in shown_k([tally.cell]) if k > 1]
    if tally.planned > rate.trials:
        words.append(f"{tally.planned - rate.trials:,} of {tally.planned:,} planned do not count")
    return Square(tally.scenario, tally.arm, rate, tally.planned, tally.steadiness == "flaky", "; ".join(words))


def _column(arm: str, tallies: Sequence[Tally]) -> Column:
    cells = [tally.cell for tally in tallies if tally.valid]
    each = shown_k(cells)
    at, all_of_them = pass_at_each(cells, each), pass_all_each(cells, each)
    return Column(arm, clustered(cells), {k: (at[k], all_of_them[k]) for k in each})
