"""What a run means to whoever called the command."""

from collections.abc import Sequence
from typing import Final

from harness.running.tally import RunResult
from harness.running.threshold import Judged

ALL_GOOD: Final = 0
FAILED: Final = 1
INFRASTRUCTURE: Final = 3
MISSED: Final = 4
NOTHING: Final = 5
SPENT: Final = 6
INTERRUPTED: Final = 130


def exit_status(result: RunResult, judged: Sequence[Judged]) -> int:
    """The exit status of a run that has ended.

    One that a budget cut short is 6, unless a threshold is missed whatever the rest might do, or something broke. With
    thresholds it is 0 or 4, whatever episodes are missing, unless those could turn a threshold: then nobody can say,
    and it is 3. Without thresholds a missing episode is 3 and one that did not succeed is 1.
    """
    if result.interrupted:
        return INTERRUPTED
    if result.stopped and not result.broken:
        return MISSED if _by_thresholds(judged) == MISSED else SPENT
    if judged:
        return _by_thresholds(judged)
    if result.broken or sum(tally.valid for tally in result.tallies) < result.planned:
        return INFRASTRUCTURE
    return ALL_GOOD if all(summary.outcome == "success" for summary in result.summaries) else FAILED


def _by_thresholds(judged: Sequence[Judged]) -> int:
    states = {one.state for one in judged}
    if "missed" in states:
        return MISSED
    return INFRASTRUCTURE if "open" in states else ALL_GOOD
