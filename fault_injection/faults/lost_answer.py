"""It happened, but the answer is lost on its way."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from fault_injection.delivery import Delivery
from fault_injection.durations import Span
from fault_injection.fault import Delivering, Layer, Phase, fault
from fault_injection.scene import Scene
from worlds.clock import MS


@fault("lost_answer")
class LostAnswer(Delivering):
    """It happened, but the answer is lost on its way."""

    layer: ClassVar[Layer] = "connection"
    phases: ClassVar[tuple[Phase, ...]] = ("after",)
    recovery: ClassVar[str] = "Look whether it happened; never just send it again."
    after: Span = Field(0, description="How long the connection stays open.")

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """A closed connection over HTTP, nothing over stdio."""
        if scene.asked.transport == "stdio":
            return Delivery()
        return Delivery(end="fin", pause_ns=self.after * MS)

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"end": "fin", "lost": True}
