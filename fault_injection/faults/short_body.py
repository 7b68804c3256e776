"""The body is shorter than its announced length, and the connection ends."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from fault_injection.bodies import of_length, sent
from fault_injection.delivery import Chunk, Delivery
from fault_injection.fault import HTTP, Delivering, Layer, Phase, fault
from fault_injection.scene import Scene


@fault("short_body")
class ShortBody(Delivering):
    """The body is shorter than its announced length, and the connection ends."""

    layer: ClassVar[Layer] = "connection"
    transports = HTTP
    phases: ClassVar[tuple[Phase, ...]] = ("after",)
    recovery: ClassVar[str] = "Find out whether it happened before trying again."
    share: float | None = Field(None, description="How much of it is sent; default: drawn, 20 to 80 %.", ge=0, lt=1)

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """Announce all of it, send a part."""
        data = delivery.body
        kept = int(len(data) * (self.share if self.share is not None else 0.2 + 0.6 * scene.draws.unit("cut at")))
        return sent(delivery, [Chunk(data[:kept])], end="fin", headers=of_length(delivery.headers, len(data)))

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"end": "fin", "short": True}
