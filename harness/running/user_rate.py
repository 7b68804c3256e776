"""How often people at the other end of conversations were at fault, and what that could have done to the score."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.recording.summary import Summary
from harness.running.statistics import Rate, wilson


@dataclass(frozen=True, slots=True)
class UserRate:
    """Episodes with a fault of a user, among those with users."""

    faulted: Rate
    low: float
    """The success rate if every episode that a user may have spoilt had failed."""
    high: float
    """The success rate if every one of them had succeeded."""


def user_rate(all_of_them: Sequence[Summary]) -> UserRate | None:
    """The rate over all episodes that count, and over those that a user broke; None where there were no users."""
    summaries = [summary for summary in all_of_them if _counts(summary)]
    if not any(summary.user_turns for summary in summaries):
        return None
    faulted = [summary for summary in summaries if summary.user_faults]
    spoilt = len(faulted)
    sound = sum(summary.outcome == "success" for summary in summaries if not summary.user_faults)
    with_users = sum(bool(summary.user_turns) for summary in summaries)
    return UserRate(wilson(spoilt, with_users), sound / len(summaries), (sound + spoilt) / len(summaries))


def _counts(summary: Summary) -> bool:
    return summary.counts or summary.cause == "user_fault"
