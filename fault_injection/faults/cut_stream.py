"""The event stream, or the body in pieces, ends in the middle of the answer as if it were whole."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from fault_injection.bodies import as_stream, in_pieces, sent
from fault_injection.delivery import Chunk, Delivery
from fault_injection.fault import HTTP, Delivering, Layer, Phase, fault
from fault_injection.scene import Scene


@fault("cut_stream")
class CutStream(Delivering):
    """The event stream, or the body in pieces, ends in the middle of the answer as if it were whole."""

    layer: ClassVar[Layer] = "connection"
    transports = HTTP
    phases: ClassVar[tuple[Phase, ...]] = ("after",)
    recovery: ClassVar[str] = "Find out whether it happened before trying again."
    at: Literal["start", "id", "answer", "event"] = Field(
        "event",
        description="Before the first byte; behind an empty event with an id from which clients try to go on (a body "
        "becomes an event stream for it); behind what was told ahead of the answer; in the middle of the answer.",
    )

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """End it properly after a part of its bytes, or before the first one."""
        kept = self._kept(delivery, scene)
        headers = in_pieces(as_stream(delivery.headers) if self.at == "id" else delivery.headers)
        return sent(delivery, [Chunk(kept)] if kept else [], headers=headers)

    def _kept(self, delivery: Delivery, scene: Scene) -> bytes:
        """The bytes that come."""
        if self.at == "id":
            return b"id: %s\ndata: \n\n" % scene.draws.hex(32, "event id").encode()
        *before, answer = (chunk.data for chunk in delivery.chunks) if delivery.chunks else (b"",)
        half = answer[: max(1, len(answer) // 2)] if self.at == "event" else b""
        return b"" if self.at == "start" else b"".join((*before, half))

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        return {"end": "ok", "cut": self.at}
