"""The request is sent elsewhere."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from fault_injection.bodies import dated
from fault_injection.delivery import Delivery
from fault_injection.fault import HTTP, Delivering, Layer, Phase, fault
from fault_injection.scene import Scene


@fault("redirect")
class Redirect(Delivering):
    """The request is sent elsewhere."""

    layer: ClassVar[Layer] = "http"
    transports = HTTP
    phases: ClassVar[tuple[Phase, ...]] = ("before",)
    recovery: ClassVar[str] = "Report it; following it is for people to decide."
    location: str = Field("https://login.example.com/", description="Where to.", pattern=r"^https?://[\x21-\x7e]+$")
    status: Literal[301, 302, 303, 307, 308] = Field(302, description="The status.")

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """A Location and no body."""
        headers = ((b"location", self.location.encode()), dated(scene.now_ns))
        return Delivery((), self.status, headers)

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"status": self.status, "location": self.location}
