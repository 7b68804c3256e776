"""Arms against the first one: which faults turned which outcomes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from harness.reporting.run_facts import EpisodeFacts, RunFacts
from harness.running.comparison import Comparison, compared

FLIPS_MAX: Final = 30
Fired = Mapping[int, Sequence[str]]
"""Number of an episode to the names of the fault rules that fired in it."""


@dataclass(frozen=True, slots=True)
class Culprit:
    """A fault rule, how often it fired in an arm, and how often the outcome turned where it did."""

    rule: str
    fired: int
    failed: int
    broke: int


@dataclass(frozen=True, slots=True)
class Flip:
    """Two episodes with the same scenario, trial and seeds that came to something else."""

    episode: EpisodeFacts
    first: EpisodeFacts
    rules: Sequence[str]

    @property
    def broke(self) -> bool:
        """Whether it succeeded in the first arm and not in this one."""
        return self.first.outcome == "success"


@dataclass(frozen=True, slots=True)
class ArmReport:
    """One arm against the first."""

    comparison: Comparison
    culprits: Sequence[Culprit]
    flips: Sequence[Flip]
    more: int
    """How many flips are not shown."""


def arm_reports(facts: RunFacts, fired: Fired) -> list[ArmReport]:
    """A report for every arm but the first; none where nothing is compared."""
    arms = [found for found in compared(facts.tallies) if found.against]
    by_arm = {arm: [one for one in facts.episodes if one.planned.arm == arm] for arm in facts.arms}
    return [_report(found, by_arm[found.arm], by_arm[found.against], fired) for found in arms]


def _report(found: Comparison, mine: Sequence[EpisodeFacts], theirs: Sequence[EpisodeFacts], fired: Fired) -> ArmReport:
    firsts = {(one.planned.scenario, one.planned.trial): one for one in theirs if _counts(one)}
    flips = [
        Flip(one, first, fired.get(one.number, ()))
        for one in mine if _counts(one)
        if (first := firsts.get((one.planned.scenario, one.planned.trial))) is not None
        and (first.outcome == "success") != (one.outcome == "success")
    ]  # fmt: skip
    ranked = sorted(flips, key=lambda flip: (not flip.broke, not flip.rules, flip.episode.number))
    return ArmReport(found, _culprits(mine, flips, fired), ranked[:FLIPS_MAX], max(0, len(ranked) - FLIPS_MAX))


def _culprits(episodes: Sequence[EpisodeFacts], flips: Sequence[Flip], fired: Fired) -> list[Culprit]:
    hit = Counter(rule for one in episodes for rule in fired.get(one.number, ()))
    failed = Counter(
        rule for one in episodes if _counts(one) and one.outcome != "success" for rule in fired.get(one.number, ())
    )
    broke = Counter(rule for flip in flips if flip.broke for rule in flip.rules)
    ranked = sorted(hit, key=lambda rule: (-broke[rule], -hit[rule], rule))
    return [Culprit(rule, hit[rule], failed[rule], broke[rule]) for rule in ranked]


def _counts(episode: EpisodeFacts) -> bool:
    return episode.summary is not None and episode.summary.counts
