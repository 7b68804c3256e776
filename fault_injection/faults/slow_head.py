"""The head of the answer is a long time coming."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import Field

from fault_injection.delivery import Delivery
from fault_injection.durations import Span
from fault_injection.fault import HTTP, Delivering, Layer, Phase, fault
from fault_injection.scene import Scene
from worlds.clock import MS


@fault("slow_head")
class SlowHead(Delivering):
    """The head of the answer is a long time coming."""

    layer: ClassVar[Layer] = "http"
    explicit: ClassVar[bool] = False
    transports = HTTP
    phases: ClassVar[tuple[Phase, ...]] = ("after",)
    arrives: ClassVar[bool] = True
    slow: ClassVar[str] = "length"
    recovery: ClassVar[str] = "Wait; the answer is whole in the end."
    length: Span = Field(5_000, description="How late it begins.")

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """The same, later."""
        return replace(delivery, pause_ns=delivery.pause_ns + self.length * MS)

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"late_ms": self.length}
