"""The credential behind the server is no longer accepted."""

from typing import ClassVar

from pydantic import Field

from fault_injection.durations import Span
from fault_injection.fault import Layer, Saying, fault
from fault_injection.scene import Said, Scene


@fault("auth_expired")
class AuthExpired(Saying):
    """The credential behind the server is no longer accepted."""

    layer: ClassVar[Layer] = "answer"
    recovery: ClassVar[str] = "Report that access has expired; trying again changes nothing while it lasts."
    lasts: ClassVar[bool] = True
    wait: Span | None = Field(None, description="How long it stands, where the trigger does not know.")

    @property
    def wait_wanted_ms(self) -> int | None:
        """What was written."""
        return self.wait

    def say(self, scene: Scene) -> Said:
        """The server's own words for it."""
        return Said("auth_expired", scene.wait_ms)
