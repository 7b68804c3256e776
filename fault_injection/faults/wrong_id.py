"""The answer carries another request's id, so that no client takes it."""

import json
from typing import Any, ClassVar

from fault_injection.bodies import rewritten
from fault_injection.delivery import Delivery
from fault_injection.fault import Delivering, Layer, Phase, fault
from fault_injection.scene import Scene


@fault("wrong_id")
class WrongId(Delivering):
    """The answer carries another request's id, so that no client takes it."""

    layer: ClassVar[Layer] = "rpc"
    phases: ClassVar[tuple[Phase, ...]] = ("after",)
    own: ClassVar[bool] = True
    recovery: ClassVar[str] = "Find out whether it happened before trying again."

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """Another id in the same message."""
        return rewritten(delivery, _renumbered)


def _renumbered(message: Any) -> bytes:
    own = message.get("id")
    other = own + 1_000 if isinstance(own, int) else f"{own}-1"
    return json.dumps({**message, "id": other}, separators=(",", ":")).encode()
