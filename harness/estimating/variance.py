"""Where outcomes differ from: scenarios, agents, seeds, or nothing that was held still."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, variance
from typing import Final

ONE_RUN: Final = "analysis of variance, scenarios at random"
"""Method of moments: Searle, Casella and McCulloch 1992, chapter 3."""
TWO_RUNS: Final = "analysis of variance, agents crossed with seeds within scenarios"
"""Method of moments: the same, chapter 4."""


@dataclass(frozen=True, slots=True)
class Split:
    """The variance of single episodes, by what it comes from; negative estimates are told as 0."""

    parts: Mapping[str, float]
    """Source to its share of the variance, in order; together 1, or all 0 where nothing differs."""
    total: float
    """The variance itself."""
    method: str


def split_of_run(scenarios: Sequence[Sequence[float]]) -> Split | None:
    """`scenarios` and `seeds`, from the values of each scenario's trials; None where they cannot be told apart.

    Between scenarios is what some are harder by; within them is what another seed, or the agent's own mood, changes.
    """
    groups = [group for group in scenarios if group]
    if len(groups) < 2 or all(len(group) < 2 for group in groups):
        return None
    within = _within(groups)
    between = _between([fmean(group) for group in groups]) - within * fmean(1 / len(group) for group in groups)
    return _split({"scenarios": between, "seeds": within}, ONE_RUN)


def split_of_pair(scenarios: Sequence[Sequence[tuple[float, float]]]) -> Split | None:
    """`scenarios`, `agents`, `agents by scenario`, `seeds` and `rest`, from pairs (one run, other run) of each trial.

    Both runs met the same seeds, so that what seeds do to both (`seeds`) differs from what only one of them did
    (`rest`: the agents' own noise). From the mean squares of pairs' means and differences. None where a scenario has
    but one pair, or there is but one scenario.
    """
    groups = [group for group in scenarios if len(group) > 1]
    if len(groups) < 2:
        return None
    means = [[(one + other) / 2 for one, other in group] for group in groups]
    gaps = [[other - one for one, other in group] for group in groups]
    once = fmean(1 / len(group) for group in groups)
    rest = _within(gaps) / 2
    seeds = max(0.0, _within(means) - rest / 2)
    scattered = _between([fmean(group) for group in gaps])
    unlike = max(0.0, scattered / 2 - rest * once)
    agents = (fmean(fmean(group) for group in gaps) ** 2 - scattered / len(groups)) / 2
    between = _between([fmean(group) for group in means]) - unlike / 2 - (seeds + rest / 2) * once
    parts = {"scenarios": between, "agents": agents, "agents by scenario": unlike, "seeds": seeds, "rest": rest}
    return _split(parts, TWO_RUNS)


def _split(found: Mapping[str, float], method: str) -> Split:
    known = {name: max(0.0, value) for name, value in found.items()}
    total = sum(known.values())
    return Split({name: value / total if total else 0.0 for name, value in known.items()}, total, method)


def _within(groups: Sequence[Sequence[float]]) -> float:
    """The mean square within groups."""
    freedom = sum(len(group) - 1 for group in groups)
    return sum((len(group) - 1) * variance(group) for group in groups if len(group) > 1) / freedom


def _between(means: Sequence[float]) -> float:
    return variance(means)
