"""The server ends in the middle of its answer."""

from collections.abc import Mapping
from typing import Any, ClassVar

from fault_injection.delivery import Chunk, Delivery
from fault_injection.fault import STDIO, Delivering, Layer, Phase, fault
from fault_injection.scene import Scene


@fault("half_line")
class HalfLine(Delivering):
    """The server ends in the middle of its answer."""

    layer: ClassVar[Layer] = "stdio"
    transports = STDIO
    phases: ClassVar[tuple[Phase, ...]] = ("after",)
    recovery: ClassVar[str] = "Find out whether it happened before trying again."

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """Half of the last line, and the end of the process."""
        data = delivery.body
        return Delivery((Chunk(data[: len(data) // 2]),), end="exit")

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"end": "exit", "half": True}
