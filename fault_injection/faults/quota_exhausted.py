"""The allowance of a whole period is used up; trying again soon is useless."""

from typing import ClassVar

from pydantic import Field

from fault_injection.durations import Span
from fault_injection.fault import Layer, Standing, fault
from fault_injection.scene import Meaning


@fault("quota_exhausted")
class QuotaExhausted(Standing):
    """The allowance of a whole period is used up; trying again soon is useless."""

    layer: ClassVar[Layer] = "answer"
    recovery: ClassVar[str] = "Stop asking this server and say so, or do the task another way."
    meaning: ClassVar[Meaning] = "quota"
    wait: Span | None = Field(86_400_000, description="How long it stands, where the trigger does not know.")
