"""The server's process is a long time coming up: until then it answers nothing, the greeting included."""

from typing import ClassVar

from pydantic import Field

from fault_injection.durations import Span
from fault_injection.fault import Starting, fault
from fault_injection.scene import Scene


@fault("slow_start")
class SlowStart(Starting):
    """The server's process is a long time coming up: until then it answers nothing, the greeting included."""

    slow: ClassVar[str] = "length"
    recovery: ClassVar[str] = "Give it more time to start, or start it again; nothing has happened yet."
    length: Span = Field(10_000, description="How long it takes to come up.")

    def late_ms(self, scene: Scene) -> int:
        """What was written."""
        return self.length
