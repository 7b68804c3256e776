"""No answer comes; after a while the connection ends, and over stdio not even that."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from fault_injection.delivery import Delivery
from fault_injection.durations import Span
from fault_injection.fault import Delivering, Layer, fault
from fault_injection.scene import Scene
from worlds.clock import MS


@fault("silence")
class Silence(Delivering):
    """No answer comes; after a while the connection ends, and over stdio not even that."""

    layer: ClassVar[Layer] = "connection"
    recovery: ClassVar[str] = "Find out whether it happened before trying again."
    length: Span = Field(300_000, description="How long a connection over HTTP stays open.")

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """Nothing, for a long time."""
        if scene.asked.transport == "stdio":
            return Delivery()
        return Delivery(end="fin", pause_ns=self.length * MS)

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"end": "silence"}
