"""Calls that come faster than an even pace allows.

The generic cell rate algorithm in its form as virtual scheduling (ITU-T Recommendation I.371).
"""

from pydantic import Field

from fault_injection.durations import Span
from fault_injection.rate import Rate, rate_of, up_to_ms
from fault_injection.trigger import Drawn, Occasion, Per, Trigger, trigger
from worlds.clock import MS


@trigger("gcra")
class Gcra(Trigger):
    """Calls that are too early for an even pace are hit; the wait that they are told is true to the millisecond."""

    short = "rate"
    timed = True
    rate: Rate = Field(description="The pace.")
    early: Span = Field(0, description="How much too early a call may be.")
    per: Per = Field("rule", description="What shares a pace.")

    @property
    def group(self) -> Per:
        """What shares a pace also waits together."""
        return self.per

    def allowance(self, occasion: Occasion) -> int:
        """The number of its rate."""
        return rate_of(self.rate)[0]

    def judge(self, occasion: Occasion) -> Drawn:
        """Whether the call is too early; only one that is not moves the time at which the next is due."""
        number, period_ns = rate_of(self.rate)
        name, now_ns = occasion.name(self.per, "due"), occasion.asked.now_ns
        due_ns = occasion.draft.get(name)
        wait_ns = due_ns - self.early * MS - now_ns
        if wait_ns > 0:
            return Drawn(True, wait_ms=up_to_ms(wait_ns))
        occasion.draft.put(name, max(due_ns, now_ns) + period_ns // number)
        return Drawn(False, wait_ms=0)
