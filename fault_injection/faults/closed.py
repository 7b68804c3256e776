"""The connection is closed before any byte of an answer."""

from collections.abc import Mapping
from typing import Any, ClassVar

from fault_injection.delivery import Delivery
from fault_injection.fault import HTTP, Delivering, Layer, fault
from fault_injection.scene import Scene


@fault("closed")
class Closed(Delivering):
    """The connection is closed before any byte of an answer."""

    layer: ClassVar[Layer] = "connection"
    transports = HTTP
    recovery: ClassVar[str] = "Find out whether it happened before trying again."

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """A polite end without an answer."""
        return Delivery(end="fin")

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"end": "fin"}
