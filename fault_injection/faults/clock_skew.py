"""The server's clock is ahead of the world's or behind it, and so are the times that it writes and tells."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from fault_injection.durations import Span
from fault_injection.fault import Acting, Layer, fault
from fault_injection.scene import Ground, Scene


@fault("clock_skew")
class ClockSkew(Acting):
    """The server's clock is ahead of the world's or behind it, and so are the times that it writes and tells."""

    layer: ClassVar[Layer] = "time"
    recovery: ClassVar[str] = "Compare with another clock before relying on when something happened."
    by: Span = Field(300_000, description="How far.", ge=1)
    way: Literal["ahead", "behind"] = Field("behind", description="Whether the server's clock is ahead or behind.")

    @property
    def dates_off_ms(self) -> int:
        """As far as its clock is."""
        return self.by if self.way == "ahead" else -self.by

    async def act(self, ground: Ground, scene: Scene) -> Any:
        """Let the call have its effect at the time that the server believes in."""
        ground.skew(self.dates_off_ms)
        return await ground.apply()
