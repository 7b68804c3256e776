"""A figure with its interval, and how that was found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float
    method: str = ""
    """How the interval was found, in words."""

    @property
    def excludes_nothing(self) -> bool:
        """Whether the interval holds 0, so that there may be no effect at all."""
        return self.low <= 0 <= self.high
