"""There is no room left to write to."""

from typing import ClassVar

from fault_injection.fault import Layer, Standing, fault
from fault_injection.scene import Meaning


@fault("disk_full")
class DiskFull(Standing):
    """There is no room left to write to."""

    layer: ClassVar[Layer] = "state"
    of_writes: ClassVar[bool] = True
    recovery: ClassVar[str] = "Nothing was written: make room, or report it."
    meaning: ClassVar[Meaning] = "full"
