"""Matching calls in bad spells: Gilbert's and Elliott's two-state chain on slots of world time.

E. N. Gilbert, "Capacity of a burst-noise channel" (1960); E. O. Elliott, "Estimates of error rates for codes on
burst-noise channels" (1963). The state of a slot is a function of its number: the chain begins anew from its
stationary distribution every 64 slots, so that any slot can be looked at alone and no call moves another's luck.
"""

from functools import lru_cache
from typing import Final, Self

from pydantic import Field, model_validator

from fault_injection.draws import Draws
from fault_injection.durations import Span
from fault_injection.trigger import Drawn, Occasion, Trigger, trigger
from worlds.chance import NOBODY, Chance
from worlds.clock import MS

_RUN: Final = 64
_LOOK_SLOTS_MAX: Final = 4 * _RUN


@trigger("burst")
class Burst(Trigger):
    """Calls are hit in bad spells, hardly ever between them."""

    good: Span = Field(60_000, description="How long it goes well, on average.")
    bad: Span = Field(5_000, description="How long a bad spell lasts, on average.")
    p_bad: float = Field(1.0, description="The share of calls that is hit in a bad spell.", ge=0, le=1)
    p_good: float = Field(0.0, description="The share that is hit otherwise.", ge=0, le=1)
    slot: Span = Field(1_000, description="The steps in which the weather changes.", ge=1)

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        if min(self.good, self.bad) < self.slot:
            raise ValueError("good and bad must each be at least as long as a slot")
        return self

    def judge(self, occasion: Occasion) -> Drawn:
        """Draw with the probability of the present spell."""
        slot_ns = self.slot * MS
        passed_ns = max(0, occasion.asked.now_ns - occasion.asked.began_ns)
        number = passed_ns // slot_ns
        bad = self.is_bad(number, occasion.chance, occasion.rule)
        u, p = occasion.draws().unit("fire"), self.p_bad if bad else self.p_good
        wait_ms = self._left(number, occasion) * self.slot - (passed_ns % slot_ns) // MS if bad else None
        return Drawn(u < p, u, p, wait_ms)

    def is_bad(self, number: int, chance: Chance, rule: str) -> bool:
        """Whether a slot lies in a bad spell."""
        turns_bad, turns_good = self.slot / self.good, self.slot / self.bad
        return _weather(chance, rule, number // _RUN, turns_bad, turns_good)[number % _RUN]

    def _left(self, number: int, occasion: Occasion) -> int:
        """Slots until the first good one."""
        for ahead in range(1, _LOOK_SLOTS_MAX):
            if not self.is_bad(number + ahead, occasion.chance, occasion.rule):
                return ahead
        return _LOOK_SLOTS_MAX


@lru_cache(maxsize=4_096)
def _weather(chance: Chance, rule: str, run: int, turns_bad: float, turns_good: float) -> tuple[bool, ...]:
    """Which of 64 slots in a row are bad; remembered, because calls in one of them ask for it over and over."""
    draws = Draws(chance, rule, NOBODY)
    start = run * _RUN
    slots = [draws.unit(f"slot {start}") < turns_bad / (turns_bad + turns_good)]
    for each in range(start + 1, start + _RUN):
        u = draws.unit(f"slot {each}")
        slots.append(u >= turns_good if slots[-1] else u < turns_bad)
    return tuple(slots)
