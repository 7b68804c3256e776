"""Matching calls by their number."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from fault_injection.trigger import Drawn, Occasion, Per, Trigger, trigger

Number = Annotated[int, Field(ge=1, le=10**9, strict=True)]


@trigger("nth")
class Nth(Trigger):
    """Certain matching calls are hit: the third, the first and the fourth, the first two, every fifth."""

    short = "calls"
    calls: Number | Annotated[list[Number], Field(min_length=1, max_length=1_000)] | None = Field(
        None, description="Their numbers, from 1."
    )
    first: Number | None = Field(None, description="The first so many.")
    every: Number | None = Field(None, description="Every so many, beginning with the one of that number.")
    per: Per = Field("rule", description="What is counted together; `operation`: the attempts of one operation.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if [self.calls, self.first, self.every].count(None) != 2:
            raise ValueError("give one of: calls, first, every")
        return self

    def judge(self, occasion: Occasion) -> Drawn:
        """Whether this call has one of the numbers."""
        number = occasion.count(self.per)
        if self.first is not None:
            return Drawn(number <= self.first)
        if self.every is not None:
            return Drawn(number % self.every == 0)
        return Drawn(number in self.calls if isinstance(self.calls, list) else number == self.calls)
