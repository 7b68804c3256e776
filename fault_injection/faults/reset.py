"""The connection is reset: every byte of the answer is lost, or all after some."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from fault_injection.bodies import of_length, sent
from fault_injection.delivery import Chunk, Delivery
from fault_injection.fault import HTTP, Delivering, Layer, fault
from fault_injection.scene import Scene


@fault("reset")
class Reset(Delivering):
    """The connection is reset: every byte of the answer is lost, or all after some."""

    layer: ClassVar[Layer] = "connection"
    transports = HTTP
    recovery: ClassVar[str] = "Find out whether it happened before trying again."
    at: Literal["start", "body"] = Field("start", description="Before any byte, or in the middle of the body.")

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """A reset at once, or behind the first bytes."""
        if self.at == "start" or not delivery.body:
            return Delivery(end="rst")
        data = delivery.body
        return sent(
            delivery, [Chunk(data[: max(1, len(data) // 2)])], end="rst", headers=of_length(delivery.headers, len(data))
        )

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"end": "rst", "at": self.at}
