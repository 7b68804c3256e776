"""What could be written before can only be read now."""

from typing import ClassVar

from pydantic import Field

from fault_injection.durations import Span
from fault_injection.fault import Layer, Saying, fault
from fault_injection.scene import Said, Scene


@fault("permission_lost")
class PermissionLost(Saying):
    """What could be written before can only be read now."""

    layer: ClassVar[Layer] = "state"
    recovery: ClassVar[str] = "Report that writing is refused; nothing was written."
    lasts: ClassVar[bool] = True
    wait: Span | None = Field(None, description="How long it stands, where the trigger does not know.")

    @property
    def wait_wanted_ms(self) -> int | None:
        """What was written."""
        return self.wait

    def say(self, scene: Scene) -> Said:
        """The server's own words for it."""
        return Said("read_only", scene.wait_ms)
