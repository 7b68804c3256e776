"""How far a run is, how fast it goes and how it has gone so far: figures of what has ended."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Final

from harness.recording.summary import Summary
from harness.running.budget import UNBOUNDED, Budget
from harness.running.statistics import Rate, wilson
from worlds.clock import SECOND

_RECENT: Final = 500
"""How many of the last endings the present pace is told by."""


@dataclass(slots=True)
class Pace:
    """What has ended of a run that goes on."""

    planned: int
    began_ns: int
    done: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    blames: Counter[str] = field(default_factory=Counter)
    tokens: int = 0
    budget: Budget = UNBOUNDED
    usd: float = 0.0
    """What it cost, where prices are known."""
    _recent: deque[int] = field(default_factory=lambda: deque(maxlen=_RECENT))

    def count(self, summary: Summary, now_ns: int) -> None:
        """Count an episode that has just ended."""
        self.done += 1
        self.outcomes[summary.outcome] += 1
        if summary.outcome != "success":
            self.blames[summary.blame or "infrastructure"] += 1
        self.tokens += (summary.tokens or 0) + sum(usage.total_tokens for usage in summary.helpers.values())
        self.usd += self.budget.cost(summary)
        self._recent.append(now_ns)

    @property
    def success(self) -> Rate:
        """Successes among those that count, so far."""
        missing = self.outcomes["invalid"] + self.outcomes["lost"]
        return wilson(self.outcomes["success"], self.outcomes.total() - missing)

    @property
    def spent(self) -> str:
        """What was spent so far, and of how much; empty for nothing."""
        limits = self.budget
        tokens = f"{amount(self.tokens)} {f'of {amount(limits.tokens)} ' if limits.tokens else ''}tokens"
        usd = f"{self.usd:,.2f} {f'of {limits.usd:,.2f} ' if limits.usd else ''}usd"
        return ", ".join([*([tokens] if self.tokens else []), *([usd] if self.usd else [])])

    def elapsed(self, now_ns: int) -> float:
        """Seconds since it began, or was gone on with."""
        return (now_ns - self.began_ns) / SECOND

    def per_second(self, now_ns: int) -> float:
        """Episodes a second of late; 0 before the first has ended."""
        if not self._recent:
            return 0.0
        full = len(self._recent) == _RECENT
        seconds = (now_ns - (self._recent[0] if full else self.began_ns)) / SECOND
        return len(self._recent) / seconds if seconds > 0 else 0.0

    def left(self, now_ns: int) -> float | None:
        """Seconds that the rest will take at this pace; None where nobody can say."""
        rate = self.per_second(now_ns)
        return (self.planned - self.done) / rate if rate else None


def clock(seconds: float) -> str:
    """A length of time as people read it: `8 s`, `3:07`, `1:02:00`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes}:{rest:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def speed(per_second: float) -> str:
    """A pace as people read it: `143/s`, `2.5/s`, `12/min`."""
    if per_second >= 10:
        return f"{per_second:,.0f}/s"
    return f"{per_second:.1f}/s" if per_second >= 1 else f"{per_second * 60:.1f}/min"


def amount(count: int) -> str:
    """A large number as people read it: `950`, `12.5 k`, `3.1 M`."""
    for size, sign in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:.1f} {sign}"
    return str(count)
