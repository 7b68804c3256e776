"""How often users were at fault, in words: beside every score."""

from collections.abc import Sequence

from harness.recording.summary import Summary
from harness.running.user_rate import user_rate


def user_lines(summaries: Sequence[Summary]) -> list[str]:
    """The rate, and between which rates the success lies whatever users spoilt; nothing where there were none."""
    found = user_rate(summaries)
    if found is None:
        return []
    rate = found.faulted
    told = f"{rate.trials} episode{'s' * (rate.trials != 1)}"
    if not rate.successes:
        return [f"User faults in none of {told}."]
    bounds = f"the success rate is between {found.low * 100:.0f} and {found.high * 100:.0f} %"
    share = f"{rate.value * 100:.0f} %, {rate.low * 100:.0f} to {rate.high * 100:.0f} %"
    return [f"User faults in {rate.successes} of {told} ({share}); had those gone the other way, {bounds}."]
