"""Matching calls by a written sequence, such as `..x.x`."""

from typing import Literal

from pydantic import Field

from fault_injection.trigger import Drawn, Occasion, Per, Trigger, trigger


@trigger("sequence")
class Sequence(Trigger):
    """Calls are hit in the order that is written down: `x` is hit, `.` is not."""

    short = "steps"
    steps: str = Field(description="One letter for each matching call.", pattern=r"^[.x]+$", max_length=10_000)
    then: Literal["pass", "repeat", "hit"] = Field("pass", description="What follows its end.")
    per: Per = Field("rule", description="What is counted together.")

    def judge(self, occasion: Occasion) -> Drawn:
        """The letter of this call."""
        place = occasion.count(self.per) - 1
        if place >= len(self.steps):
            if self.then != "repeat":
                return Drawn(self.then == "hit")
            place %= len(self.steps)
        return Drawn(self.steps[place] == "x")
