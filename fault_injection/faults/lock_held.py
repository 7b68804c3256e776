"""Somebody else holds a lock, and the server gives up waiting for it."""

from typing import ClassVar

from pydantic import Field

from fault_injection.durations import Span
from fault_injection.fault import Layer, Saying, fault
from fault_injection.scene import Said, Scene


@fault("lock_held")
class LockHeld(Saying):
    """Somebody else holds a lock, and the server gives up waiting for it."""

    layer: ClassVar[Layer] = "state"
    slow: ClassVar[str] = "waits"
    recovery: ClassVar[str] = "Nothing was written: try again after a moment."
    waits: Span = Field(5_000, description="How long the server waits before it says so.")

    def takes_ms(self, scene: Scene) -> int:
        """As long as it says."""
        return self.waits

    def say(self, scene: Scene) -> Said:
        """The server's own words for it."""
        return Said("locked")
