"""One request to a model and its answer, as they are recorded."""

from typing import Any, Final, Literal

from pydantic import Field

from harness.acting.mind import Mind
from harness.findings import Frozen
from harness.gateway.capture import CAPTURE_BYTES_MAX, Capture, Events, Unpacker
from harness.gateway.reading import Reader, Reading, readers
from worlds import host
from worlds.clock import show_time

STREAM_BYTES_MAX: Final = 4 * CAPTURE_BYTES_MAX
"""A stream is read up to here; events say each word in many."""
CHARACTERS_PER_TOKEN: Final = 4
"""The usual rule of thumb for English text; only where an endpoint does not count."""
Ending = Literal["answered", "refused", "left", "failed"]


class ModelExchange(Frozen):
    """One line of a `*.model.jsonl` file. Its wall-clock fields are `started_at` and `real_ms`."""

    record: Literal["exchange"] = Field(default="exchange", description="Which record this is.")
    number: int = Field(description="In the order of the requests' beginnings, from 1.")
    before_step: int = Field(description="Number of the step that came next when the request began.")
    api: str = Field(description="The interface: chat, responses, messages, or other.")
    path: str = Field(description="The path of the request, below the endpoint's base.")
    ending: Ending = Field(
        description="`answered`; `refused` here, for want of tokens; the agent `left` first; or the endpoint `failed`."
    )
    note: str = Field(default="", description="What went wrong, in words.")
    status: int | None = Field(default=None, description="HTTP status of the answer.")
    model: str | None = Field(default=None, description="The model, as the answer names it, else as the request does.")
    streamed: bool = Field(default=False, description="Whether the answer came as a stream of events.")
    request: Any = Field(default=None, description="The request's body, secrets masked.")
    response: Any = Field(default=None, description="The answer; a stream's events are put together.")
    input_tokens: int | None = Field(default=None, description="Tokens read.")
    output_tokens: int | None = Field(default=None, description="Tokens written, reasoning included.")
    estimated: bool = Field(default=False, description="Whether tokens are estimated from lengths.")
    prompt_token_ids: list[Any] = Field(default_factory=list, description="Ids of tokens read, where returned.")
    token_ids: list[Any] = Field(default_factory=list, description="Ids of tokens written, where returned.")
    logprobs: list[Any] = Field(default_factory=list, description="Log-probabilities, where returned.")
    lost_bytes: int = Field(default=0, description="Bytes of either body that passed but were not kept.")
    started_at: str = Field(description="Wall-clock time of the request's beginning, ISO 8601.")
    real_ms: float = Field(description="Milliseconds to the end of the answer.")


class Watched:
    """One exchange while it passes."""

    def __init__(self, mind: Mind, path: str, number: int, before_step: int) -> None:
        self.request = Capture()
        self.status: int | None = None
        self._mind = mind
        self._path = path
        self._number = number
        self._before_step = before_step
        self._began_ns = host.monotonic_ns()
        self._started_at = show_time(host.wall_ns())
        self._api, self._reader = _reader(path)
        self._response = Capture()
        self._unpacker = Unpacker("")
        self._events: Events | None = None
        self._read_bytes = 0
        self._settled: Reading | None = None
        self._estimated = False

    def begin(self, status: int, kind: str, encoding: str) -> None:
        """Note the head of the answer."""
        self.status = status
        self._mind.heard()
        self._unpacker = Unpacker(encoding.strip().lower())
        if kind.partition(";")[0].strip().lower() == "text/event-stream":
            self._events = Events()

    def feed(self, data: bytes) -> None:
        """Take in a piece of the answer, before it is passed on.

        With the last event of a stream, thoughts and usage are known: the agent acts on it only afterwards.
        """
        for piece in self._unpacker.unpacked(data):
            self._response.add(piece)
            self._read_bytes += len(piece)
            for event in self._events.read(piece) if self._events else ():
                if self._reader is not None and self._read_bytes <= STREAM_BYTES_MAX:
                    self._reader.event(event)
        if self._events and self._reader and self._reader.complete:
            self.settle()

    def settle(self) -> Reading:
        """Hand thoughts and usage to the mind, once."""
        if self._settled is None:
            reading = self._settled = self._read()
            self._estimate(reading)
            if self.status is not None and self.status < 400:
                self._tell(reading)
        return self._settled

    def ended(self, ending: Ending, note: str = "") -> ModelExchange:
        """The record of the exchange."""
        reading = self.settle()
        asked = self.request.value()
        named = asked.get("model") if isinstance(asked, dict) else None
        return ModelExchange(
            number=self._number, before_step=self._before_step, api=self._api, path=self._path,
            ending=ending, note=note, status=self.status, model=_text(reading.model) or _text(named),
            streamed=self._events is not None, request=asked, response=reading.message,
            input_tokens=reading.input_tokens, output_tokens=reading.output_tokens, estimated=self._estimated,
            prompt_token_ids=reading.prompt_token_ids, token_ids=reading.token_ids, logprobs=reading.logprobs,
            lost_bytes=self.request.lost_bytes + (0 if self._events else self._response.lost_bytes),
            started_at=self._started_at, real_ms=round((host.monotonic_ns() - self._began_ns) / 1e6, 3),
        )  # fmt: skip

    def _read(self) -> Reading:
        if self._events is not None and self._reader is not None:
            return self._reader.assembled()
        body = self._response.value()
        return self._reader.whole(body) if self._reader is not None else Reading(message=body)

    def _tell(self, reading: Reading) -> None:
        for thought in reading.thoughts:
            self._mind.think(thought)
        asked = self.request.value()
        if isinstance(asked, dict) and isinstance(asked.get("temperature"), int | float):
            self._mind.temperature = float(asked["temperature"])
        if self._reader is not None and reading.output_tokens is not None:
            self._mind.model = _text(reading.model) or self._mind.model
            self._mind.spend(reading.input_tokens or 0, reading.output_tokens, estimated=self._estimated)

    def _estimate(self, reading: Reading) -> None:
        """Where a model answered and nobody counted, count by length."""
        if self._reader is None or reading.output_tokens is not None or (self.status or 500) >= 400:
            return
        if self._response.total_bytes:
            said = sum(map(len, reading.thoughts)) or self._response.total_bytes
            reading.input_tokens = -(-self.request.total_bytes // CHARACTERS_PER_TOKEN)
            reading.output_tokens = -(-said // CHARACTERS_PER_TOKEN)
            self._estimated = True


def _reader(path: str) -> tuple[str, Reader | None]:
    for name, kind in readers:
        if path.endswith(kind.path):
            return name, kind.fresh()
    return "other", None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
