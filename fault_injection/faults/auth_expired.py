"""The credential behind the server is no longer accepted."""

from typing import ClassVar

from fault_injection.fault import Layer, Standing, fault
from fault_injection.scene import Meaning


@fault("auth_expired")
class AuthExpired(Standing):
    """The credential behind the server is no longer accepted."""

    layer: ClassVar[Layer] = "answer"
    recovery: ClassVar[str] = "Report that access has expired; trying again changes nothing while it lasts."
    meaning: ClassVar[Meaning] = "auth_expired"
