"""What of each episode is compared."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from harness.comparing.side import CompareError, Side
from harness.recording.summary import Summary
from harness.scorer import scorers

SUCCESS: Final = "success"
_PLAIN: Final = ("reward", "steps", "seconds", "tokens", "collateral", "violations")
_LESS: Final = frozenset(_PLAIN[1:])


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of episodes."""

    name: str
    less_is_better: bool = False

    @property
    def is_share(self) -> bool:
        """Whether episodes either have it or not."""
        return self.name == SUCCESS

    def of(self, summary: Summary) -> float | None:
        """The figure of an episode; None where it does not count, or where it was not measured."""
        if not summary.counts:
            return None
        if self.is_share:
            return float(summary.outcome == "success")
        if self.name == "violations":
            return float(len(summary.violations))
        if self.name in _PLAIN:
            value = getattr(summary, self.name)
            return None if value is None else float(value)
        return (summary.figures or {}).get(self.name)

    def gain(self, difference: float) -> float:
        """A difference, positive where it is for the better."""
        return -difference if self.less_is_better else difference


def metric_of(name: str, sides: Iterable[Side]) -> Metric:
    """The metric of that name. Raises CompareError, which names those that these runs have."""
    scored = {figure for side in sides for one in side.result.summaries for figure in one.figures or {}}
    known = [SUCCESS, *_PLAIN, *sorted(scored - {SUCCESS, "task_success", *_PLAIN})]
    if name not in known:
        raise CompareError(f"there is no figure {name!r}", hint=f"--metric is one of {', '.join(known)}")
    less = name in _LESS or (name in scorers.names() and bool(getattr(scorers.get(name), "less_is_better", False)))
    return Metric(name, less)
