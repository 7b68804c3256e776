"""A web page stands where the answer should be, as a login wall would put it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from fault_injection.bodies import dated
from fault_injection.delivery import Chunk, Delivery
from fault_injection.fault import HTTP, Delivering, Layer, fault
from fault_injection.scene import Scene


@fault("wrong_type")
class WrongType(Delivering):
    """A web page stands where the answer should be, as a login wall would put it."""

    layer: ClassVar[Layer] = "http"
    transports = HTTP
    recovery: ClassVar[str] = "Report that something stands between you and the server, or try again."
    title: str = Field("Sign in", description="The page's title.")

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """A page with status 200."""
        head = f"<!DOCTYPE html>\n<html><head><title>{self.title}</title></head>"
        page = f"{head}<body><h1>{self.title}</h1></body></html>\n"
        headers = ((b"content-type", b"text/html; charset=utf-8"), dated(scene.now_ns))
        return Delivery((Chunk(page.encode()),), 200, headers)

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"status": 200, "type": "text/html"}
