"""No answer comes; after a while the connection ends, and over stdio not even that."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from fault_injection.bodies import in_pieces, sent
from fault_injection.delivery import Chunk, Delivery
from fault_injection.durations import Span
from fault_injection.fault import Delivering, Layer, fault
from fault_injection.scene import Scene
from worlds.clock import MS


@fault("silence")
class Silence(Delivering):
    """No answer comes; after a while the connection ends, and over stdio not even that."""

    layer: ClassVar[Layer] = "connection"
    slow: ClassVar[str] = "length"
    recovery: ClassVar[str] = "Find out whether it happened before trying again."
    length: Span = Field(300_000, description="How long a connection over HTTP stays open.")

    opened: bool = Field(
        False, description="Whether the head comes first, as of an event stream without an event. Over HTTP only."
    )

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """Nothing, for a long time."""
        if scene.asked.transport == "stdio":
            return Delivery()
        if self.opened:
            quiet = (Chunk(b""), Chunk(b"", self.length * MS))
            return sent(delivery, quiet, end="fin", headers=in_pieces(delivery.headers))
        return Delivery(end="fin", pause_ns=self.length * MS)

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"end": "silence"}
