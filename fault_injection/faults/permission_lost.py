"""What could be written before can only be read now."""

from typing import ClassVar

from fault_injection.fault import Layer, Standing, fault
from fault_injection.scene import Meaning


@fault("permission_lost")
class PermissionLost(Standing):
    """What could be written before can only be read now."""

    layer: ClassVar[Layer] = "state"
    of_writes: ClassVar[bool] = True
    recovery: ClassVar[str] = "Report that writing is refused; nothing was written."
    meaning: ClassVar[Meaning] = "read_only"
