"""The answer comes twice, as from a server that repeats itself."""

from collections.abc import Mapping
from typing import Any, ClassVar

from fault_injection.bodies import is_stream, sent
from fault_injection.delivery import Delivery
from fault_injection.fault import Delivering, Layer, Phase, fault
from fault_injection.scene import Scene


@fault("duplicate_answer")
class DuplicateAnswer(Delivering):
    """The answer comes twice, as from a server that repeats itself."""

    layer: ClassVar[Layer] = "rpc"
    explicit: ClassVar[bool] = False
    phases: ClassVar[tuple[Phase, ...]] = ("after",)
    arrives: ClassVar[bool] = True
    own: ClassVar[bool] = True
    recovery: ClassVar[str] = "Nothing is needed: both say the same."

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """Once more behind itself, where a line or an event can be repeated."""
        is_line = scene.asked.transport == "stdio"
        if not delivery.chunks or not (is_line or is_stream(delivery)):
            return delivery
        return sent(delivery, [*delivery.chunks, delivery.chunks[-1]])

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"twice": True}
