"""The server gives up waiting for what stands behind it, after having waited."""

from typing import ClassVar

from pydantic import Field

from fault_injection.durations import Span
from fault_injection.fault import Layer, Saying, fault
from fault_injection.scene import Said, Scene


@fault("timed_out")
class TimedOut(Saying):
    """The server gives up waiting for what stands behind it, after having waited."""

    layer: ClassVar[Layer] = "answer"
    slow: ClassVar[str] = "waits"
    recovery: ClassVar[str] = "Find out whether it happened before trying again."
    waits: Span = Field(30_000, description="How long the server waits before it says so.")

    def takes_ms(self, scene: Scene) -> int:
        """As long as it says."""
        return self.waits

    def say(self, scene: Scene) -> Said:
        """The server's own words for it."""
        return Said("timeout", waited_ms=self.waits)
