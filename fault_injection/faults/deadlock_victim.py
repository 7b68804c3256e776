"""The statement is chosen to end a deadlock and is rolled back."""

from typing import ClassVar

from fault_injection.fault import Layer, Saying, fault
from fault_injection.scene import Said, Scene


@fault("deadlock_victim")
class DeadlockVictim(Saying):
    """The statement is chosen to end a deadlock and is rolled back."""

    layer: ClassVar[Layer] = "state"
    recovery: ClassVar[str] = "Nothing was written: send the same statement again."

    def say(self, scene: Scene) -> Said:
        """The server's own words for it."""
        return Said("deadlock")
