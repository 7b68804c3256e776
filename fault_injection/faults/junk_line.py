"""A line that is no message stands before the answer, as when a log leaks."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from fault_injection.bodies import sent
from fault_injection.delivery import Chunk, Delivery
from fault_injection.fault import STDIO, Delivering, Layer, Phase, fault
from fault_injection.scene import Scene


@fault("junk_line")
class JunkLine(Delivering):
    """A line that is no message stands before the answer, as when a log leaks."""

    layer: ClassVar[Layer] = "stdio"
    explicit: ClassVar[bool] = False
    transports = STDIO
    phases: ClassVar[tuple[Phase, ...]] = ("after",)
    arrives: ClassVar[bool] = True
    recovery: ClassVar[str] = "Nothing is needed: the answer follows."
    line: str = Field("DeprecationWarning: the punycode module is deprecated", description="What it says.")

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """The line, then the answer."""
        return sent(delivery, [Chunk(self.line.encode() + b"\n"), *delivery.chunks])

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"line": self.line}
