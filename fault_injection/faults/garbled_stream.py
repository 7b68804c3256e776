"""The message in the answer is no JSON."""

import json
from typing import Any, ClassVar

from fault_injection.bodies import rewritten
from fault_injection.delivery import Delivery
from fault_injection.fault import HTTP, Delivering, Layer, Phase, fault
from fault_injection.scene import Scene


@fault("garbled_stream")
class GarbledStream(Delivering):
    """The message in the answer is no JSON."""

    layer: ClassVar[Layer] = "connection"
    transports = HTTP
    phases: ClassVar[tuple[Phase, ...]] = ("after",)
    own: ClassVar[bool] = True
    recovery: ClassVar[str] = "Find out whether it happened before trying again."

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """Cut a piece out of the middle of the message."""
        return rewritten(delivery, _broken)


def _broken(message: Any) -> bytes:
    data = json.dumps(message, separators=(",", ":")).encode()
    third = len(data) // 3
    return data[:third] + data[2 * third :].replace(b"}", b"")
