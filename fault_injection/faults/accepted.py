"""The request is acknowledged as if it were a notification, and no answer ever comes."""

from collections.abc import Mapping
from typing import Any, ClassVar

from fault_injection.bodies import dated
from fault_injection.delivery import Delivery
from fault_injection.fault import HTTP, Delivering, Layer, fault
from fault_injection.scene import Scene

_STATUS = 202


@fault("accepted")
class Accepted(Delivering):
    """The request is acknowledged as if it were a notification, and no answer ever comes."""

    layer: ClassVar[Layer] = "http"
    transports = HTTP
    recovery: ClassVar[str] = "Find out whether it happened before trying again."

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """A head and nothing else."""
        return Delivery((), _STATUS, (dated(scene.now_ns),))

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"status": _STATUS}
