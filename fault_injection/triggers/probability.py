"""Matching calls by chance, each with the same probability."""

from pydantic import Field

from fault_injection.trigger import Drawn, Occasion, Scope, Trigger, trigger


@trigger("probability")
class Probability(Trigger):
    """A share of the matching calls is hit; raising the share only adds to those that are."""

    short = "p"
    p: float = Field(description="The probability.", ge=0, le=1, strict=True)
    scope: Scope = Field("attempt", description="What shares a draw: `operation` dooms all attempts or none.")

    def judge(self, occasion: Occasion) -> Drawn:
        """Whether the draw is below the probability."""
        u = occasion.draws(self.scope).unit("fire")
        return Drawn(u < self.p, u, self.p)
