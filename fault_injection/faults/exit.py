"""The server's process ends in the middle of a call."""

from collections.abc import Mapping
from typing import Any, ClassVar

from fault_injection.delivery import Delivery
from fault_injection.fault import STDIO, Delivering, Layer, fault
from fault_injection.scene import Scene


@fault("exit")
class Exit(Delivering):
    """The server's process ends in the middle of a call."""

    layer: ClassVar[Layer] = "stdio"
    transports = STDIO
    recovery: ClassVar[str] = "Find out whether it happened before trying again."

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """No answer, and the end of the process."""
        return Delivery(end="exit")

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"end": "exit"}
