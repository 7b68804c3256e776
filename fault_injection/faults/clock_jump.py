"""The world's clock jumps ahead, so that dates and expiries no longer fit."""

from typing import Any, ClassVar

from pydantic import Field

from fault_injection.durations import Span
from fault_injection.fault import Acting, Layer, fault
from fault_injection.scene import Ground, Scene
from worlds.clock import MS


@fault("clock_jump")
class ClockJump(Acting):
    """The world's clock jumps ahead, so that dates and expiries no longer fit."""

    layer: ClassVar[Layer] = "time"
    recovery: ClassVar[str] = "Look at the time again before relying on it."
    by: Span = Field(3_600_000, description="How far.")

    async def act(self, ground: Ground, scene: Scene) -> Any:
        """Jump, and let the call have its effect."""
        ground.world.clock.advance(self.by * MS)
        return await ground.apply()
