"""Somebody else changed the same rows at the same time, and the statement is rolled back."""

from typing import ClassVar

from fault_injection.fault import Layer, Saying, fault
from fault_injection.scene import Said, Scene


@fault("serialization_failure")
class SerializationFailure(Saying):
    """Somebody else changed the same rows at the same time, and the statement is rolled back."""

    layer: ClassVar[Layer] = "state"
    recovery: ClassVar[str] = "Nothing was written: read again, then write again."

    def say(self, scene: Scene) -> Said:
        """The server's own words for it."""
        return Said("conflict")
