"""Chat completions, as OpenAI and most others offer them."""

from typing import Any, ClassVar

from harness.gateway.reading import Reading, count, finished, items, merged, readers, texts


@readers.register("chat")
class Chat:
    """`choices` with a message each; a stream ends with `[DONE]`."""

    path: ClassVar[str] = "/chat/completions"

    def __init__(self) -> None:
        self.complete = False
        self._message: Any = {}

    def fresh(self) -> "Chat":
        """A reader for another answer."""
        return Chat()

    def event(self, data: Any) -> None:
        """Merge a chunk; `[DONE]` comes as None."""
        if data is None:
            self.complete = True
        elif isinstance(data, dict):
            usage = data.pop("usage", None)
            self._message = merged(self._message, data)
            if usage:
                self._message["usage"] = usage  # some endpoints repeat it with every chunk

    def assembled(self) -> Reading:
        """The completion that the chunks are parts of."""
        message = finished(self._message)
        for choice in items(message.get("choices")):
            choice["message"] = choice.pop("delta", None)
        return self.whole(message)

    def whole(self, body: Any) -> Reading:
        """Read a completion."""
        reading = Reading(message=body)
        if not isinstance(body, dict):
            return reading
        reading.model = body.get("model")
        reading.prompt_token_ids = body.get("prompt_token_ids") or []
        for choice in items(body.get("choices")):
            message = choice.get("message") or {}
            reading.thoughts += texts(message.get("reasoning_content") or message.get("reasoning"))
            reading.thoughts += texts(message.get("content"), choice.get("text"))
            reading.token_ids += choice.get("token_ids") or []
            reading.logprobs += (choice.get("logprobs") or {}).get("content") or []
        usage = body.get("usage")
        reading.input_tokens = count(usage, "prompt_tokens")
        reading.output_tokens = count(usage, "completion_tokens")
        return reading
