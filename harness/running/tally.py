"""What became of the episodes of a run, scenario by scenario."""

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.estimating.estimate import Estimate
from harness.estimating.passing import pass_all_each, pass_at_each, shown_k
from harness.estimating.steadiness import Steadiness, steadiness
from harness.estimating.variance import Split, split_of_run
from harness.recording.record import read_trajectory
from harness.recording.run_folder import RunFolder
from harness.recording.summary import LOST, Summary
from harness.running.statistics import Cell, Rate, clustered, wilson
from harness.trajectory import Trajectory


@dataclass(slots=True)
class Tally:
    """What became of one scenario's episodes."""

    scenario: str
    planned: int
    weak: bool = False
    """Whether an agent that does nothing would pass."""
    template: str = ""
    """The scenario without its variant."""
    file: str = ""
    """Where it was read from."""
    arm: str = ""
    """The faults that are compared; empty: the scenario's own."""
    pinned: bool = False
    """Whether it pins its world's seed."""
    lasting: tuple[str, ...] = ()
    """Servers whose state outlasts an episode, so that trials are not independent."""
    begun: int = 0
    """How many episodes began."""
    summaries: list[Summary] = field(default_factory=list)

    @property
    def ordered(self) -> list[Summary]:
        """The episodes in the order of trials."""
        return sorted(self.summaries, key=lambda summary: summary.trial)

    @property
    def outcomes(self) -> list[str]:
        """The outcomes in the order of trials; `lost` for an episode without an end."""
        return [summary.outcome for summary in self.ordered]

    @property
    def successes(self) -> int:
        """How many succeeded."""
        return self.outcomes.count("success")

    @property
    def valid(self) -> int:
        """How many count: those that are not invalid."""
        return sum(summary.counts for summary in self.summaries)

    @property
    def success(self) -> Rate:
        """Successes among the episodes that count."""
        return wilson(self.successes, self.valid)

    @property
    def cell(self) -> Cell:
        """The episodes that count, for statistics over scenarios."""
        return Cell(self.template or self.scenario, self.successes, self.valid)

    @property
    def steadiness(self) -> Steadiness:
        """What its trials came to together."""
        return steadiness(self.summaries)

    @property
    def steps(self) -> float:
        """The median number of steps."""
        return _median(summary.steps for summary in self.summaries if summary.counts) or 0

    @property
    def seconds(self) -> float:
        """The median real time of an episode."""
        return _median(summary.seconds for summary in self.summaries if summary.counts) or 0.0

    @property
    def reward(self) -> float | None:
        """The median reward; None where there is none."""
        return _median(summary.reward for summary in self.summaries)


@dataclass(slots=True)
class RunResult:
    """What a run came to."""

    folder: RunFolder | None
    tallies: list[Tally]
    interrupted: bool = False
    broken: str = ""
    """Why the run could not go on, in words."""
    unsent: str = ""
    """Why the object store does not hold all of it, in words."""
    stopped: str = ""
    """Which part of its budget was used up before every episode had begun, in words."""
    spent: str = ""
    """What was used of its budget, in words; empty where there is none."""
    kept: list[Trajectory] = field(default_factory=list)
    """The trajectories of a run without a folder."""

    @property
    def summaries(self) -> list[Summary]:
        """All episodes that ended, scenario by scenario."""
        return [summary for tally in self.tallies for summary in tally.ordered]

    @property
    def tried_again(self) -> int:
        """How many attempts were put away, because the infrastructure broke them or the run was killed."""
        return sum(summary.attempt - 1 for tally in self.tallies for summary in tally.summaries)

    @property
    def trajectories(self) -> list[Trajectory]:
        """All that was recorded, scenario by scenario; read from disk where there is a folder. Raises RecordError."""
        if self.folder is None:
            return self.kept
        paths = [self.folder.record(summary.scenario, summary.trial, summary.arm) for summary in self.summaries]
        return [read_trajectory(path) for path in paths if path.exists()]

    @property
    def planned(self) -> int:
        """How many episodes were planned."""
        return sum(tally.planned for tally in self.tallies)

    @property
    def cells(self) -> list[Cell]:
        """The episodes that count, scenario by scenario."""
        return [tally.cell for tally in self.tallies]

    @property
    def success(self) -> Rate:
        """Successes among all episodes that count; the interval knows of variants."""
        return clustered(self.cells)

    @property
    def pass_at(self) -> dict[int, Estimate]:
        """`pass@k` for some k up to the fewest trials that a scenario has; empty where nothing counts."""
        cells = [cell for cell in self.cells if cell.trials]
        return pass_at_each(cells, shown_k(cells))

    @property
    def pass_all(self) -> dict[int, Estimate]:
        """`pass^k` for the same k."""
        cells = [cell for cell in self.cells if cell.trials]
        return pass_all_each(cells, shown_k(cells))

    @property
    def flaky(self) -> list[Tally]:
        """The scenarios whose trials came to different ends in the same world."""
        return [tally for tally in self.tallies if tally.steadiness == "flaky"]

    @property
    def variance(self) -> Split | None:
        """How much of the variance of success is between scenarios; None where trials cannot tell."""
        return split_of_run(
            [[float(one.outcome == "success") for one in tally.ordered if one.counts] for tally in self.tallies]
        )

    @property
    def figures(self) -> dict[str, float]:
        """The median of each figure that was measured, the reward first."""
        measured = [summary.figures or {} for summary in self.summaries]
        names = dict.fromkeys(name for figures in measured for name in figures)
        medians = {"reward": _median(summary.reward for summary in self.summaries)}
        medians |= {name: _median(figures.get(name) for figures in measured) for name in names}
        return {name: value for name, value in medians.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Denominator:
    """Every planned episode, by what became of it."""

    planned: int
    valid: int
    invalid: Mapping[str, int]
    """Cause to how many episodes are invalid for it."""
    lost: int
    """Begun and without an end."""
    not_run: int
    low: float
    """The success rate if all that do not count had failed."""
    high: float
    """The success rate if all that do not count had succeeded."""

    @property
    def missing(self) -> int:
        """How many do not count."""
        return self.planned - self.valid


def denominator(tallies: Sequence[Tally]) -> Denominator:
    """Where every planned episode went, and between which rates the success lies whatever the missing ones hide."""
    planned = sum(tally.planned for tally in tallies)
    summaries = [summary for tally in tallies for summary in tally.summaries]
    causes = Counter(str(summary.cause or "infrastructure") for summary in summaries if summary.outcome == "invalid")
    valid, good = sum(tally.valid for tally in tallies), sum(tally.successes for tally in tallies)
    begun = sum(max(tally.begun, len(tally.summaries)) for tally in tallies)
    lost = begun - sum(summary.outcome != LOST for summary in summaries)
    low, high = (good / planned, (good + planned - valid) / planned) if planned else (0.0, 1.0)
    return Denominator(planned, valid, dict(causes), lost, planned - begun, low, high)


def blamed(tallies: Iterable[Tally]) -> dict[str, int]:
    """Whose fault it was that episodes did not succeed, and how often."""
    unhappy = [summary for tally in tallies for summary in tally.summaries if summary.outcome != "success"]
    return dict(Counter(summary.blame or "infrastructure" for summary in unhappy).most_common())


def _median(values: Iterable[float | None]) -> float | None:
    measured = [value for value in values if value is not None]
    return statistics.median(measured) if measured else None
