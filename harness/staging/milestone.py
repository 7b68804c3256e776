"""Stations on the way to success: each is a check that holds at some step for the first time."""

from dataclasses import dataclass

from harness.check import Check


@dataclass(frozen=True, slots=True)
class Station:
    """One milestone of a scenario."""

    check: Check
    worth: float
    """What it adds to the reward, before the cap for all milestones."""

    @property
    def name(self) -> str:
        """Its name."""
        return self.check.name
