"""The server refuses because it was asked too often, and says how long to wait if it ever does."""

from typing import ClassVar

from pydantic import Field

from fault_injection.durations import Span
from fault_injection.fault import Layer, Standing, fault
from fault_injection.scene import Meaning


@fault("rate_limited")
class RateLimited(Standing):
    """The server refuses because it was asked too often, and says how long to wait if it ever does."""

    layer: ClassVar[Layer] = "answer"
    recovery: ClassVar[str] = (
        "Wait as long as the answer says, or a little longer each time where it says nothing, and try again."
    )
    meaning: ClassVar[Meaning] = "limited"
    wait: Span | None = Field(20_000, description="How long it stands, where the trigger does not know.")
