"""A line that is no message stands in place of the answer, as from a server that only logs its failure."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from fault_injection.bodies import sent
from fault_injection.delivery import Chunk, Delivery
from fault_injection.fault import STDIO, Delivering, Layer, fault
from fault_injection.scene import Scene


@fault("junk_only")
class JunkOnly(Delivering):
    """A line that is no message stands in place of the answer, as from a server that only logs its failure."""

    layer: ClassVar[Layer] = "stdio"
    transports = STDIO
    recovery: ClassVar[str] = "Find out whether it happened before trying again."
    line: str = Field("Error: write EPIPE", description="What it says.", min_length=1)

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """The line and no more."""
        return sent(delivery, [Chunk(self.line.encode() + b"\n")])

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"line": self.line}
