"""The allowance of a whole period is used up; trying again soon is useless."""

from typing import ClassVar

from pydantic import Field

from fault_injection.durations import Span
from fault_injection.fault import Layer, Saying, fault
from fault_injection.scene import Said, Scene


@fault("quota_exhausted")
class QuotaExhausted(Saying):
    """The allowance of a whole period is used up; trying again soon is useless."""

    layer: ClassVar[Layer] = "answer"
    recovery: ClassVar[str] = "Stop asking this server and say so, or do the task another way."
    lasts: ClassVar[bool] = True
    wait: Span | None = Field(86_400_000, description="How long it stands, where the trigger does not know.")

    @property
    def wait_wanted_ms(self) -> int | None:
        """What was written."""
        return self.wait

    def say(self, scene: Scene) -> Said:
        """The server's own words for it."""
        return Said("quota", scene.wait_ms)
