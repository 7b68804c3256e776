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
