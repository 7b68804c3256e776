"""The answer comes twice, as from a server that repeats itself."""

from collections.abc import Mapping
from typing import Any, ClassVar

from fault_injection.bodies import as_events, as_stream, in_pieces, sent
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
        """Once more behind itself; over HTTP as two events, for which a body becomes a stream."""
        if not delivery.chunks:
            return delivery
        if scene.asked.transport == "stdio":
            return sent(delivery, [*delivery.chunks, delivery.chunks[-1]])
        events = as_events(delivery)
        return sent(delivery, [*events, events[-1]], headers=in_pieces(as_stream(delivery.headers)))

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"twice": True}
