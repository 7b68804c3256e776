"""What stands behind the server is down."""

from typing import ClassVar

from pydantic import Field

from fault_injection.durations import Span
from fault_injection.fault import Layer, Saying, fault
from fault_injection.scene import Said, Scene


@fault("unavailable")
class Unavailable(Saying):
    """What stands behind the server is down."""

    layer: ClassVar[Layer] = "answer"
    recovery: ClassVar[str] = "Try again a few times, waiting longer each time."
    lasts: ClassVar[bool] = True
    wait: Span | None = Field(None, description="How long it stands, where the trigger does not know.")

    @property
    def wait_wanted_ms(self) -> int | None:
        """What was written."""
        return self.wait

    def say(self, scene: Scene) -> Said:
        """The server's own words for it."""
        return Said("unavailable", scene.wait_ms)
