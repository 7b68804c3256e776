"""Arms against each other: the same scenarios, trials and seeds, with other faults."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.running.statistics import Rate, clustered, wilson
from harness.running.tally import Tally


@dataclass(frozen=True, slots=True)
class Comparison:
    """An arm, and how its episodes differ from those of the first arm with the same scenario, trial and seeds."""

    arm: str
    success: Rate
    against: str = ""
    """The first arm; empty for that one itself."""
    pairs: int = 0
    """Pairs of which both episodes count."""
    broke: int = 0
    """Pairs that succeeded in the first arm and not in this one."""
    mended: int = 0
    """Pairs that succeeded in this arm and not in the first one."""

    @property
    def flipped(self) -> Rate:
        """The share of pairs that came to something else, with Wilson's interval."""
        return wilson(self.broke + self.mended, self.pairs)


def compared(tallies: Sequence[Tally]) -> list[Comparison]:
    """Every arm in order; nothing where a run has none."""
    arms = list(dict.fromkeys(tally.arm for tally in tallies if tally.arm))
    groups = {arm: [tally for tally in tallies if tally.arm == arm] for arm in arms}
    return [_compared(groups[arm], groups[arms[0]]) for arm in arms]


def _compared(group: Sequence[Tally], first: Sequence[Tally]) -> Comparison:
    success = clustered([tally.cell for tally in group])
    if group == first:
        return Comparison(group[0].arm, success)
    mine, theirs = _successes(group), _successes(first)
    pairs = [(theirs[key], mine[key]) for key in mine if key in theirs]
    broke, mended = pairs.count((True, False)), pairs.count((False, True))
    return Comparison(group[0].arm, success, first[0].arm, len(pairs), broke, mended)


def _successes(group: Sequence[Tally]) -> dict[tuple[str, int], bool]:
    """Scenario and trial of each episode that counts to whether it succeeded."""
    return {
        (summary.scenario, summary.trial): summary.outcome == "success"
        for tally in group for summary in tally.summaries if summary.counts
    }  # fmt: skip
