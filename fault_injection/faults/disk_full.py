"""There is no room left to write to."""

from typing import ClassVar

from pydantic import Field

from fault_injection.durations import Span
from fault_injection.fault import Layer, Saying, fault
from fault_injection.scene import Said, Scene


@fault("disk_full")
class DiskFull(Saying):
    """There is no room left to write to."""

    layer: ClassVar[Layer] = "state"
    recovery: ClassVar[str] = "Nothing was written: make room, or report it."
    lasts: ClassVar[bool] = True
    wait: Span | None = Field(None, description="How long it stands, where the trigger does not know.")

    @property
    def wait_wanted_ms(self) -> int | None:
        """What was written."""
        return self.wait

    def say(self, scene: Scene) -> Said:
        """The server's own words for it."""
        return Said("full", scene.wait_ms)
