"""Distributions as histograms: where bars stand, in the units of a drawing."""

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from harness.printing.count import counted
from harness.recording.summary import Summary

WIDTH: Final = 320.0
HEIGHT: Final = 110.0
BINS_MAX: Final = 20
_STEPS: Final = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Bar:
    """The episodes with a figure between two values."""

    x: float
    width: float
    good: float
    """Height of those that succeeded, at the bottom."""
    bad: float
    """Height of the others, on top of them."""
    told: str


@dataclass(frozen=True, slots=True)
class Plot:
    """One histogram."""

    title: str
    told: str
    """The same in words."""
    bars: Sequence[Bar]
    ticks: Sequence[tuple[float, str]]
    median: float
    """Where the median stands."""
    highest: int


def plots_of(summaries: Sequence[Summary]) -> list[Plot]:
    """Reward, steps, seconds and tokens of the episodes that count, as far as they were measured."""
    counting = [summary for summary in summaries if summary.counts]
    figures: Sequence[tuple[str, Callable[[Summary], float | None], bool]] = (
        ("Reward", lambda summary: summary.reward, False),
        ("Steps", lambda summary: summary.steps, True),
        ("Seconds", lambda summary: summary.seconds, False),
        ("Tokens", lambda summary: summary.tokens, True),
    )
    return [plot for title, figure, whole in figures if (plot := _plot(title, figure, counting, whole)) is not None]


def _plot(
    title: str, figure: Callable[[Summary], float | None], summaries: Sequence[Summary], whole: bool
) -> Plot | None:
    measured = [(value, one.outcome == "success") for one in summaries if (value := figure(one)) is not None]
    if not measured:
        return None
    values = [value for value, _ in measured]
    edges = edges_of(0.0 if min(values) < max(values) / 2 else min(values), max(values), whole=whole)
    if title == "Reward":
        edges = [edge / BINS_MAX for edge in range(BINS_MAX + 1)]
    counts = _counted(measured, edges)
    highest = max(good + bad for good, bad in counts)
    middle = statistics.median(values)
    told = f"{counted(len(values), 'episode')}, median {middle:.3g}, from {min(values):.3g} to {max(values):.3g}"
    return Plot(title, told, list(_bars(counts, edges, highest)), list(_ticks(edges)), _place(middle, edges), highest)


def edges_of(low: float, high: float, *, whole: bool) -> list[float]:
    """Round borders of at most 20 bins from below the lowest to above the highest value; whole numbers stay apart."""
    least = 1.0 if whole else 1e-9
    rough = max((high - low) / BINS_MAX, least if high > low or whole else max(abs(high), 1.0) / BINS_MAX)
    power = 10.0 ** math.floor(math.log10(rough))
    width = next(power * step for step in _STEPS if power * step >= rough * (1 - 1e-9))
    width = max(math.ceil(width), 1) if whole else width
    first, last = math.floor(low / width), math.floor(high / width) + 1
    return [index * width for index in range(first, last + 1)]


def _counted(measured: Sequence[tuple[float, bool]], edges: Sequence[float]) -> list[tuple[int, int]]:
    width = edges[1] - edges[0]
    counts = [[0, 0] for _ in edges[1:]]
    for value, good in measured:
        place = min(max(int((value - edges[0]) / width + 1e-9), 0), len(counts) - 1)
        counts[place][0 if good else 1] += 1
    return [(good, bad) for good, bad in counts]


def _bars(counts: Sequence[tuple[int, int]], edges: Sequence[float], highest: int) -> Iterator[Bar]:
    step = WIDTH / len(counts)
    for place, (good, bad) in enumerate(counts):
        if good + bad:
            told = f"{edges[place]:.4g} to {edges[place + 1]:.4g}: {good:,} succeeded, {bad:,} did not"
            yield Bar(place * step + 1, step - 2, HEIGHT * good / highest, HEIGHT * bad / highest, told)


def _ticks(edges: Sequence[float]) -> Iterator[tuple[float, str]]:
    every = max(1, math.ceil((len(edges) - 1) / 5))
    for place in range(0, len(edges), every):
        yield WIDTH * place / (len(edges) - 1), _short(edges[place])


def _short(value: float) -> str:
    return f"{value / 1000:.3g}k" if value >= 10_000 else f"{value:.3g}"


def _place(value: float, edges: Sequence[float]) -> float:
    return WIDTH * min(max((value - edges[0]) / (edges[-1] - edges[0]), 0.0), 1.0)
