"""Calls in a window of world time."""

from typing import Self

from pydantic import Field, model_validator

from fault_injection.durations import Span
from fault_injection.rate import up_to_ms
from fault_injection.trigger import Drawn, Occasion, Trigger, trigger
from worlds.clock import MS


@trigger("window")
class Window(Trigger):
    """Calls between two times after the episode's start are hit, once or again and again."""

    timed = True
    start: Span = Field(0, description="When it begins, after the episode's start.")
    length: Span = Field(description="How long it lasts.", ge=1)
    every: Span | None = Field(None, description="How long after its beginning it begins again; default: never.", ge=1)

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.every is not None and self.every <= self.length:
            raise ValueError("every must be longer than length")
        return self

    def judge(self, occasion: Occasion) -> Drawn:
        """Whether the window is open; it says how long it stays so."""
        into_ns = occasion.asked.now_ns - occasion.asked.began_ns - self.start * MS
        if self.every is not None and into_ns >= 0:
            into_ns %= self.every * MS
        left_ns = self.length * MS - into_ns
        if into_ns < 0 or left_ns <= 0:
            return Drawn(False)
        return Drawn(True, wait_ms=up_to_ms(left_ns))
