"""The body comes in small pieces with pauses between them."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from fault_injection.bodies import in_pieces, sent, slowly
from fault_injection.delivery import Delivery
from fault_injection.durations import Span
from fault_injection.fault import HTTP, Delivering, Layer, Phase, fault
from fault_injection.scene import Scene


@fault("slow_body")
class SlowBody(Delivering):
    """The body comes in small pieces with pauses between them."""

    layer: ClassVar[Layer] = "http"
    explicit: ClassVar[bool] = False
    transports = HTTP
    phases: ClassVar[tuple[Phase, ...]] = ("after",)
    arrives: ClassVar[bool] = True
    slow: ClassVar[str] = "length"
    recovery: ClassVar[str] = "Wait; the answer is whole in the end."
    length: Span = Field(5_000, description="How long it takes altogether.")
    pieces: int = Field(20, description="In how many pieces it comes.", ge=1, le=1_000)

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """Piece by piece, framed as such."""
        pieces = slowly(delivery.body, self.pieces, self.length)
        return sent(delivery, pieces, headers=in_pieces(delivery.headers))

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"slow_ms": self.length}
