"""The contract of a scorer: a pure function of a trajectory, so that old trajectories can be scored again."""

from dataclasses import dataclass
from typing import Protocol

from harness.trajectory import Trajectory
from worlds.registry import Registry


@dataclass(frozen=True, slots=True)
class Score:
    """One figure of one episode, 0 to 1; `value` None says that it could not be measured."""

    name: str
    value: float | None
    note: str = ""


class Scorer(Protocol):
    """Gives an episode one figure. One file per scorer in `scorers/`, named like its figure."""

    def score(self, trajectory: Trajectory) -> Score:
        """The figure of one episode; reads nothing but the record."""
        ...


scorers: Registry[Scorer] = Registry("soundstage.scorers", "harness.scorers")
"""Figures to how they are computed."""


def score(trajectory: Trajectory) -> dict[str, Score]:
    """Every figure of one episode."""
    return {name: scorer.score(trajectory) for name, scorer in scorers}


def unscorable(name: str, trajectory: Trajectory) -> Score | None:
    """The score of an episode that never ended or is worth nothing; None for every other."""
    if trajectory.closing is None:
        return Score(name, None, "the episode did not end")
    return Score(name, None, trajectory.closing.note) if trajectory.outcome == "invalid" else None
