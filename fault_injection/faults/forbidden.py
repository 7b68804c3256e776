"""The credential is good but not for this."""

from typing import ClassVar

from fault_injection.fault import Layer, Saying, fault
from fault_injection.scene import Said, Scene


@fault("forbidden")
class Forbidden(Saying):
    """The credential is good but not for this."""

    layer: ClassVar[Layer] = "answer"
    recovery: ClassVar[str] = "Do without this operation, or report which permission is missing."

    def say(self, scene: Scene) -> Said:
        """The server's own words for it."""
        return Said("forbidden")
