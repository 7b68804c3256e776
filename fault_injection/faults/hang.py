"""The answer comes so late that most clients have given up."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import Field

from fault_injection.delivery import Delivery
from fault_injection.durations import Span
from fault_injection.fault import Delivering, Layer, Phase, fault
from fault_injection.scene import Scene
from worlds.clock import MS


@fault("hang")
class Hang(Delivering):
    """The answer comes so late that most clients have given up."""

    layer: ClassVar[Layer] = "time"
    phases: ClassVar[tuple[Phase, ...]] = ("after",)
    arrives: ClassVar[bool] = True
    slow: ClassVar[str] = "length"
    recovery: ClassVar[str] = "Find out whether it happened before trying again."
    length: Span = Field(120_000, description="How late.")

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """The same, later."""
        return replace(delivery, pause_ns=delivery.pause_ns + self.length * MS)

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"late_ms": self.length}
