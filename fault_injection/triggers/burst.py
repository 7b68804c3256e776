"""Matching calls in bad spells: Gilbert's and Elliott's two-state chain on slots of world time.

E. N. Gilbert, "Capacity of a burst-noise channel" (1960); E. O. Elliott, "Estimates of error rates for codes on
burst-noise channels" (1963). The state of a slot is a function of its number and of nothing that was asked before: it
is drawn between the states of two slots that lie further apart, from the chain's distribution given both of them, and
so on up to the first slot and one that hardly any episode reaches. A slot takes some dozen draws, however far it is.
"""

from functools import lru_cache
from typing import Final, Self

from pydantic import Field, model_validator

from fault_injection.draws import Draws
from fault_injection.durations import Span
from fault_injection.trigger import Drawn, Occasion, Trigger, trigger
from worlds.chance import NOBODY, Chance
from worlds.clock import MS

_FURTHEST: Final = 1 << 36
"""Slots between two that are drawn one after the other: two years of the shortest ones."""
_LOOK_SLOTS_MAX: Final = 256


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
        return _is_bad(chance, rule, number, self.slot / self.good, self.slot / self.bad)

    def _left(self, number: int, occasion: Occasion) -> int:
        """Slots until the first good one."""
        for ahead in range(1, _LOOK_SLOTS_MAX):
            if not self.is_bad(number + ahead, occasion.chance, occasion.rule):
                return ahead
        return _LOOK_SLOTS_MAX


@lru_cache(maxsize=16_384)
def _is_bad(chance: Chance, rule: str, number: int, turns_bad: float, turns_good: float) -> bool:
    """The state of a slot; remembered, because calls in one of them ask for it over and over."""
    u = Draws(chance, rule, NOBODY).unit(f"slot {number}")
    share = turns_bad / (turns_bad + turns_good)
    if number == 0:
        return u < share
    far = number & -number  # both slots that are so far away are drawn before this one
    kept = _power(1 - turns_bad - turns_good, min(far, _FURTHEST))
    if far >= _FURTHEST:
        return u < _then(share, kept, _is_bad(chance, rule, number - _FURTHEST, turns_bad, turns_good))
    before = _is_bad(chance, rule, number - far, turns_bad, turns_good)
    after = _is_bad(chance, rule, number + far, turns_bad, turns_good)
    bad, good = _then(share, kept, before), 1 - _then(share, kept, before)
    bad *= _then(share, kept, True) if after else 1 - _then(share, kept, True)
    good *= _then(share, kept, False) if after else 1 - _then(share, kept, False)
    return u * (bad + good) < bad


def _then(share: float, kept: float, bad: bool) -> float:
    """The chance of a bad slot after another one; `kept` is how much of what was known is left by then."""
    return share + (1 - share) * kept if bad else share - share * kept


def _power(base: float, exponent: int) -> float:
    """A power by a power of two, by squaring alone, which every platform rounds alike."""
    while exponent > 1:
        base, exponent = base * base, exponent // 2
    return base
