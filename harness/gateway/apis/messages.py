"""Anthropic's messages."""

import json
from typing import Any, ClassVar, Final

from harness.gateway.reading import Reading, count, finished, items, merged, readers, texts

_READ: Final = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
_FIELDS: Final = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "signature",
    "input_json_delta": "partial_json",
}


@readers.register("messages")
class Messages:
    """`content` of blocks; a stream builds them up block by block."""

    path: ClassVar[str] = "/messages"

    def __init__(self) -> None:
        self.complete = False
        self._message: dict[str, Any] = {}
        self._blocks: dict[int, Any] = {}

    def fresh(self) -> "Messages":
        """A reader for another answer."""
        return Messages()

    def event(self, data: Any) -> None:
        """Go on with the message or one of its blocks."""
        if not isinstance(data, dict):
            return
        kind, place = data.get("type"), data.get("index", 0)
        if kind == "message_start" and isinstance(data.get("message"), dict):
            self._message = data["message"]
        elif kind == "content_block_start":
            self._blocks[place] = merged({}, data.get("content_block"))
        elif kind == "content_block_delta":
            self._go_on(place, data.get("delta"))
        elif kind == "message_delta":
            self._message = {**self._message, **(data.get("delta") or {})}
            self._message["usage"] = {**(self._message.get("usage") or {}), **(data.get("usage") or {})}
        self.complete = self.complete or kind in ("message_stop", "error")

    def assembled(self) -> Reading:
        """The message with its blocks."""
        blocks = [_block(finished(self._blocks[place])) for place in sorted(self._blocks)]
        return self.whole({**self._message, "content": blocks})

    def whole(self, body: Any) -> Reading:
        """Read a message."""
        reading = Reading(message=body)
        if not isinstance(body, dict):
            return reading
        reading.model = body.get("model")
        for block in items(body.get("content")):
            reading.thoughts += texts(block.get("thinking"), block.get("text"))
        reading.input_tokens = count(body.get("usage"), *_READ)
        reading.output_tokens = count(body.get("usage"), "output_tokens")
        return reading

    def _go_on(self, place: int, delta: Any) -> None:
        field = _FIELDS.get(delta.get("type", "")) if isinstance(delta, dict) else None
        if field is not None:
            self._blocks[place] = merged(self._blocks.get(place), {field: delta.get(field, "")})


def _block(block: dict[str, Any]) -> dict[str, Any]:
    """A block whose input, if it has one, is a value again."""
    written = block.pop("partial_json", None)
    if written is None:
        return block
    try:
        return {**block, "input": json.loads(written or "{}")}
    except ValueError:  # cut off
        return {**block, "input": written}
