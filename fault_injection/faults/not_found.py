"""A thing that exists is said not to, as while replicas catch up."""

from typing import ClassVar

from fault_injection.fault import Layer, Saying, fault
from fault_injection.scene import Said, Scene


@fault("not_found")
class NotFound(Saying):
    """A thing that exists is said not to, as while replicas catch up."""

    layer: ClassVar[Layer] = "answer"
    recovery: ClassVar[str] = "Look again after a moment before believing it."

    def say(self, scene: Scene) -> Said:
        """The server's own words for it."""
        return Said("not_found")
