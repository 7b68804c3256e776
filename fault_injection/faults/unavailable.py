"""What stands behind the server is down."""

from typing import ClassVar

from fault_injection.fault import Layer, Standing, fault
from fault_injection.scene import Meaning


@fault("unavailable")
class Unavailable(Standing):
    """What stands behind the server is down."""

    layer: ClassVar[Layer] = "answer"
    recovery: ClassVar[str] = "Try again a few times, waiting longer each time."
    meaning: ClassVar[Meaning] = "unavailable"
