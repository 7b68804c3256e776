"""What stands first on the page: the verdict in one line, the thresholds, and where every planned episode went."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from harness.estimating.passing import PASSING
from harness.printing.users import user_lines
from harness.recording.summary import LOST
from harness.reporting.run_facts import NOT_RUN, OUTCOMES, RunFacts
from harness.running.arm import labelled
from harness.running.statistics import Rate, clustered, trials_to_show
from harness.running.tally import Denominator, RunResult, Tally, denominator
from harness.running.threshold import Judged, judge_thresholds, read_threshold

Tone = Literal["good", "bad", "odd"]
SIGNS: Final = {
    "success": "●", "failure": "○", "timeout": "◔", "safety_violation": "▲", "invalid": "?", LOST: "…", NOT_RUN: "·",
}  # fmt: skip
WORDS: Final = {
    "success": "succeeded", "failure": "failed", "timeout": "timed out", "safety_violation": "did harm",
    "invalid": "invalid", LOST: "without an end", NOT_RUN: "not run",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ThresholdRow:
    """A threshold as the page shows it."""

    text: str
    state: str
    value: str
    where: str
    episodes: int
    interval: str
    hope: str


@dataclass(frozen=True, slots=True)
class Share:
    """How many planned episodes came to one outcome."""

    outcome: str
    count: int
    percent: float
    before: float
    """The percent of those shown before it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The head of the page."""

    tone: Tone
    line: str
    rate: Rate
    thresholds: Sequence[ThresholdRow]
    denominator: Denominator
    shares: Sequence[Share]
    notes: Sequence[str]
    """What else one should know of the rate, in sentences."""
    warning: str
    """Why the run is not whole; empty for one that is."""


def verdict_of(facts: RunFacts) -> Verdict:
    """The verdict of a run from all that has ended of it."""
    rules = () if facts.manifest.shard else facts.manifest.thresholds  # whoever merges shares judges them
    judged = judge_thresholds([read_threshold(text) for text in rules], facts.tallies)
    found = denominator(facts.tallies)
    rate = clustered([tally.cell for tally in facts.tallies])
    tone, line = _by_thresholds(judged) if judged else _by_outcomes(rate, found)
    if facts.manifest.status != "finished" and not judged:
        tone = "bad" if tone == "bad" else "odd"
    rows = [_row(one, facts.tallies) for one in judged]
    return Verdict(tone, line, rate, rows, found, list(_shares(facts)), _notes(facts), _warning(facts, found))


def percent(share: float) -> str:
    """A share as people read it."""
    return f"{share * 100:.0f} %"


def interval(rate: Rate) -> str:
    """The ends of a rate's interval."""
    return f"{rate.low * 100:.0f} to {rate.high * 100:.0f} %" if rate.trials else "nothing counts"


def _by_thresholds(judged: Sequence[Judged]) -> tuple[Tone, str]:
    states, count = Counter(one.state for one in judged), len(judged)
    if states["missed"]:
        return "bad", f"Failed: {states['missed']} of {_things(count, 'threshold')} missed"
    if states["open"]:
        return "odd", f"Undecided: missing episodes could turn {states['open']} of {_things(count, 'threshold')}"
    return "good", "Passed: the threshold is met" if count == 1 else f"Passed: all {count} thresholds are met"


def _by_outcomes(rate: Rate, found: Denominator) -> tuple[Tone, str]:
    failed = rate.trials - rate.successes
    if failed:
        return "bad", f"{failed:,} of {_things(rate.trials, 'episode')} did not succeed"
    if not found.planned:
        return "odd", "No episode was planned"
    if found.missing:
        says = "says" if found.missing == 1 else "say"
        return "odd", f"{found.missing:,} of {_things(found.planned, 'planned episode')} {says} nothing"
    return "good", "The episode succeeded" if found.planned == 1 else f"All {found.planned} episodes succeeded"


def _things(count: int, name: str) -> str:
    return f"{count:,} {name}{'s' * (count != 1)}"


def _row(judged: Judged, tallies: Sequence[Tally]) -> ThresholdRow:
    group = [tally for tally in tallies if _is_meant(judged, tally)]
    value = "no episode counts" if judged.value is None else f"{judged.value:.3g}"
    count = sum(tally.valid for tally in group)
    return ThresholdRow(
        judged.threshold.text,
        judged.state,
        value,
        labelled(judged.where, judged.arm).strip(),
        count,
        _interval(judged, group),
        _hope(judged),
    )


def _interval(judged: Judged, group: Sequence[Tally]) -> str:
    """The interval of the figure that a threshold is about; empty for counts, and where nothing counts."""
    figure, k = judged.threshold.figure, judged.threshold.k
    cells = [tally.cell for tally in group if tally.valid]
    if not cells or judged.value is None:
        return ""
    if k is None:
        return interval(clustered(cells)) if figure.startswith("success") else ""
    found = PASSING["@" if figure.startswith("pass@") else "^"](cells, [k])[k]
    return f"{found.low * 100:.0f} to {found.high * 100:.0f} %"


def _is_meant(judged: Judged, tally: Tally) -> bool:
    """Whether a tally is among those of which the value is."""
    return (not judged.arm or tally.arm == judged.arm) and judged.where in ("", tally.template, tally.scenario)


def _hope(judged: Judged) -> str:
    """How many trials would show what the present rate promises."""
    if judged.state == "open":
        return "the missing episodes could turn it"
    rule = judged.threshold
    if judged.state != "missed" or rule.figure != "success.low" or not rule.relation.startswith(">"):
        return ""
    trials = trials_to_show(judged.success, rule.bound) if judged.success > rule.bound else None
    return f"at {percent(judged.success)}, about {trials} episodes would show it" if trials else ""


def _shares(facts: RunFacts) -> Iterator[Share]:
    counts = Counter(episode.outcome for episode in facts.episodes)
    before = 0.0
    for outcome in OUTCOMES:
        if counts[outcome]:
            part = 100 * counts[outcome] / len(facts.episodes)
            yield Share(outcome, counts[outcome], part, before)
            before += part


def _notes(facts: RunFacts) -> list[str]:
    """What may be wrong with the rate, and what the variance of success comes from."""
    result = RunResult(facts.folder, list(facts.tallies))
    notes = [*user_lines(facts.summaries), *_doubts(facts.tallies)]
    if result.tried_again:
        notes.append(f"{_things(result.tried_again, 'attempt')} put away: the infrastructure broke them.")
    split = result.variance
    if split is not None and split.total:
        parts = ", ".join(f"{name} {percent(share)}" for name, share in split.parts.items())
        notes.append(f"Variance of success: {parts} ({split.method}).")
    return notes


def _doubts(tallies: Sequence[Tally]) -> Iterator[str]:
    """Scenarios whose checks prove nothing, and those whose trials are not independent."""
    weak = list(dict.fromkeys(tally.scenario for tally in tallies if tally.weak))
    if weak:
        yield f"An agent that does nothing passes {', '.join(weak)}: the checks there prove nothing."
    lasting = dict.fromkeys(tally.scenario for tally in tallies if tally.lasting and tally.planned > 1)
    if lasting:
        yield f"Trials of {', '.join(lasting)} find what earlier ones left: their intervals are too narrow."


def _warning(facts: RunFacts, found: Denominator) -> str:
    status = facts.manifest.status
    ended = found.planned - found.lost - found.not_run
    if facts.going_on:
        return f"This run is still going on: {ended} of {found.planned} episodes had ended when this page was made."
    shard = facts.manifest.shard
    if status == "finished":
        return (
            f"This is share {shard.number} of {shard.of} of a run; soundstage merge puts them together."
            if shard
            else ""
        )
    how = "was interrupted" if status == "interrupted" else "was killed before it finished"
    return f"This run {how}: {ended} of {found.planned} planned episodes ended. It can be gone on with."
