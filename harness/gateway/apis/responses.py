"""OpenAI's responses."""

from typing import Any, ClassVar, Final

from harness.gateway.reading import Reading, count, items, readers, texts

_LAST: Final = ("response.completed", "response.incomplete", "response.failed", "error")


@readers.register("responses")
class Responses:
    """An `output` of items; a stream's last event holds the whole response."""

    path: ClassVar[str] = "/responses"

    def __init__(self) -> None:
        self.complete = False
        self._response: dict[str, Any] = {}
        self._items: list[Any] = []

    def fresh(self) -> "Responses":
        """A reader for another answer."""
        return Responses()

    def event(self, data: Any) -> None:
        """Keep finished items and the newest form of the response."""
        if not isinstance(data, dict):
            return
        if isinstance(data.get("response"), dict):
            self._response = data["response"]
        if data.get("type") == "response.output_item.done":
            self._items.append(data.get("item"))
        self.complete = self.complete or data.get("type") in _LAST

    def assembled(self) -> Reading:
        """The response, with the items that were finished where it was cut off."""
        return self.whole({**self._response, "output": self._response.get("output") or self._items})

    def whole(self, body: Any) -> Reading:
        """Read a response."""
        reading = Reading(message=body)
        if not isinstance(body, dict):
            return reading
        reading.model = body.get("model")
        for item in items(body.get("output")):
            blocks = items(item.get("summary")) + items(item.get("content"))
            for block in blocks:
                reading.thoughts += texts(block.get("text"))
                reading.logprobs += block.get("logprobs") or []
        reading.input_tokens = count(body.get("usage"), "input_tokens")
        reading.output_tokens = count(body.get("usage"), "output_tokens")
        return reading
