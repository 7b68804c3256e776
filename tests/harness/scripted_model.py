"""A model's endpoint that plays a script: chat completions, responses and messages, whole or as a stream.

Which turn is played follows from how often the assistant has spoken in the conversation that is sent, so that any
number of conversations can go on at once and a request that is sent again gets the same answer.
"""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CHAT, RESPONSES, MESSAGES = "/chat/completions", "/responses", "/messages"


@dataclass(frozen=True)
class Turn:
    """What the model says next: a text, calls of tools, or both."""

    text: str = ""
    calls: Sequence[tuple[str, Mapping[str, Any]]] = ()
    """The end of a tool's name, and arguments."""
    thinking: str = ""
    tokens: tuple[int, int] = (100, 10)
    status: int = 200
    """Another status: the request is refused with it."""
    fails: int | None = None
    """How often it is refused before it is answered; None: always."""


@dataclass
class Endpoint:
    """A running endpoint, and what it was sent."""

    turns: Sequence[Turn]
    name: str = "scripted-1"
    port: int = 0
    requests: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    refusals: int = 0
    asked: threading.Event = field(default_factory=threading.Event)
    """Set with the first request."""
    gate: threading.Event | None = None
    """Set: answers are held back until it is."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What makes clients find it."""
        return {
            "OPENAI_BASE_URL": f"{self.url}/v1", "OPENAI_API_KEY": "sk-test-0123456789abcdef",
            "ANTHROPIC_BASE_URL": self.url, "ANTHROPIC_API_KEY": "sk-ant-test-0123456789abcdef",
        }  # fmt: skip


@contextmanager
def scripted_model(turns: Sequence[Turn], **settings: Any) -> Iterator[Endpoint]:
    """An endpoint on loopback for as long as it is needed."""
    endpoint = Endpoint(turns, **settings)
    handler = type("Handler", (_Handler,), {"endpoint": endpoint})
    server = _Server(("127.0.0.1", 0), handler)
    endpoint.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        if endpoint.gate is not None:
            endpoint.gate.set()
        server.shutdown()
        thread.join(120)
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    """Where little room is to wait in, connections that come together are begun anew a second later."""


class _Handler(BaseHTTPRequestHandler):
    endpoint: Endpoint
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        data = json.loads(self._body())
        self.endpoint.requests.append(data)
        self.endpoint.headers.append({name.lower(): value for name, value in self.headers.items()})
        self.endpoint.asked.set()
        if self.endpoint.gate is not None:
            self.endpoint.gate.wait(300)
        path = next((end for end in (CHAT, RESPONSES, MESSAGES) if self.path.split("?")[0].endswith(end)), None)
        if path is None:
            self._send(404, "application/json", [b'{"error": {"message": "no such path"}}'])
            return
        turn = self.endpoint.turns[min(_spoken(path, data), len(self.endpoint.turns) - 1)]
        if turn.status != 200 and (turn.fails is None or self.endpoint.refusals < turn.fails):
            self.endpoint.refusals += 1
            self._send(turn.status, "application/json", [json.dumps(_refusal(path, turn.status)).encode()])
            return
        calls = [_Made(f"call_{len(data.get('messages', data.get('input', ())))}_{n}", _full(name, data), dict(args))
                 for n, (name, args) in enumerate(turn.calls)]  # fmt: skip
        said = _Said(self.endpoint.name, turn, calls)
        if data.get("stream"):
            self._send(200, "text/event-stream", [event.encode() for event in _STREAMS[path](said, data)])
        else:
            self._send(200, "application/json", [json.dumps(_WHOLE[path](said)).encode()])

    def _body(self) -> bytes:
        length = self.headers.get("content-length")
        if length is not None:
            return self.rfile.read(int(length))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, status: int, kind: str, parts: Sequence[bytes]) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("x-request-id", "req_1")
        self.send_header("retry-after-ms", "5")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        try:
            for part in [*parts, b""]:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True


@dataclass(frozen=True)
class _Made:
    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class _Said:
    model: str
    turn: Turn
    calls: Sequence[_Made]


def _spoken(path: str, data: Any) -> int:
    """How often the assistant has spoken."""
    if path != RESPONSES:
        return sum(message["role"] == "assistant" for message in data["messages"])
    turns, before = 0, ""
    for item in data["input"] if isinstance(data["input"], list) else []:
        own = item.get("type") in ("function_call", "reasoning") or item.get("role") == "assistant"
        turns += own and before != "own"
        before = "own" if own else "other"
    return turns


def _full(end: str, data: Any) -> str:
    """The name of the offered tool that ends like this."""
    names = [tool.get("name") or tool["function"]["name"] for tool in data.get("tools", ())]
    return next((name for name in sorted(names, key=len) if name.endswith(end)), end)


def _refusal(path: str, status: int) -> Any:
    error = {"message": f"refused with {status}", "type": "server_error" if status >= 500 else "rate_limit_error"}
    return {"type": "error", "error": error} if path == MESSAGES else {"error": error}


def _chat(said: _Said) -> Any:
    message: dict[str, Any] = {"role": "assistant", "content": said.turn.text or None}
    if said.turn.thinking:
        message["reasoning_content"] = said.turn.thinking
    if said.calls:
        message["tool_calls"] = [_chat_call(call) for call in said.calls]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if said.calls else "stop",
              "logprobs": {"content": [{"token": "ok", "logprob": -0.5, "bytes": None, "top_logprobs": []}]},
              "token_ids": [7, 8, 9]}  # fmt: skip
    return {"id": "c1", "object": "chat.completion", "created": 1, "model": said.model, "choices": [choice],
            "usage": _chat_usage(said)}  # fmt: skip


def _chat_call(call: _Made) -> dict[str, Any]:
    return {"id": call.id, "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(call.arguments)}}  # fmt: skip


def _chat_usage(said: _Said) -> dict[str, int]:
    read, written = said.turn.tokens
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _chat_stream(said: _Said, data: Any) -> Iterator[str]:
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": piece} for piece in _pieces(said.turn.thinking)]
    deltas += [{"content": piece} for piece in _pieces(said.turn.text)]
    for place, call in enumerate(said.calls):
        whole = _chat_call(call)
        opened = {**whole, "index": place, "function": {"name": call.name, "arguments": ""}}
        deltas.append({"tool_calls": [opened]})
        deltas += [{"tool_calls": [{"index": place, "function": {"arguments": piece}}]}
                   for piece in _pieces(whole["function"]["arguments"])]  # fmt: skip
    base = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": said.model}
    for delta in deltas:
        yield _data({**base, "choices": [{"index": 0, "delta": delta, "finish_reason": None, "token_ids": [1]}]})
    reason = "tool_calls" if said.calls else "stop"
    yield _data({**base, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    if (data.get("stream_options") or {}).get("include_usage"):
        yield _data({**base, "choices": [], "usage": _chat_usage(said)})
    yield "data: [DONE]\n\n"


def _response(said: _Said) -> Any:
    output: list[Any] = []
    if said.turn.thinking:
        summary = [{"type": "summary_text", "text": said.turn.thinking}]
        output.append({"type": "reasoning", "id": "rs_1", "summary": summary})
    if said.turn.text:
        content = [{"type": "output_text", "text": said.turn.text, "annotations": []}]
        output.append({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                       "content": content})  # fmt: skip
    output += [{"type": "function_call", "id": f"fc_{call.id}", "call_id": call.id, "name": call.name,
                "arguments": json.dumps(call.arguments), "status": "completed"} for call in said.calls]  # fmt: skip
    read, written = said.turn.tokens
    usage = {"input_tokens": read, "output_tokens": written, "total_tokens": read + written,
             "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
             "output_tokens_details": {"reasoning_tokens": 0}}  # fmt: skip
    return {"id": "resp_1", "object": "response", "created_at": 1, "model": said.model, "status": "completed",
            "output": output, "usage": usage, "error": None, "incomplete_details": None, "instructions": None,
            "metadata": {}, "parallel_tool_calls": True, "temperature": 1, "tool_choice": "auto", "tools": [],
            "top_p": 1}  # fmt: skip


def _response_stream(said: _Said, data: Any) -> Iterator[str]:
    whole = _response(said)
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {**whole, "output": [], "usage": None, "status": "in_progress"}}
    ]
    for place, item in enumerate(whole["output"]):
        events.append({"type": "response.output_item.added", "output_index": place, "item": item})
        events.append({"type": "response.output_item.done", "output_index": place, "item": item})
    events.append({"type": "response.completed", "response": whole})
    for number, event in enumerate(events):
        yield f"event: {event['type']}\n{_data({**event, 'sequence_number': number})}"


def _message(said: _Said) -> Any:
    content: list[Any] = []
    if said.turn.thinking:
        content.append({"type": "thinking", "thinking": said.turn.thinking, "signature": "sig"})
    if said.turn.text:
        content.append({"type": "text", "text": said.turn.text})
    content += [{"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments} for call in said.calls]
    read, written = said.turn.tokens
    return {"id": "m1", "type": "message", "role": "assistant", "model": said.model, "content": content,
            "stop_reason": "tool_use" if said.calls else "end_turn", "stop_sequence": None,
            "usage": {"input_tokens": read, "output_tokens": written}}  # fmt: skip


def _message_stream(said: _Said, data: Any) -> Iterator[str]:
    whole = _message(said)
    start = {**whole, "content": [], "stop_reason": None, "usage": {**whole["usage"], "output_tokens": 1}}
    yield _event({"type": "message_start", "message": start})
    for place, block in enumerate(whole["content"]):
        empty = {**block, **_EMPTY[block["type"]]}
        yield _event({"type": "content_block_start", "index": place, "content_block": empty})
        for delta in _deltas(block):
            yield _event({"type": "content_block_delta", "index": place, "delta": delta})
        yield _event({"type": "content_block_stop", "index": place})
    yield _event({"type": "message_delta", "delta": {"stop_reason": whole["stop_reason"], "stop_sequence": None},
                  "usage": {"output_tokens": whole["usage"]["output_tokens"]}})  # fmt: skip
    yield _event({"type": "message_stop"})


_EMPTY: dict[str, dict[str, Any]] = {
    "thinking": {"thinking": "", "signature": ""}, "text": {"text": ""}, "tool_use": {"input": {}},
}  # fmt: skip


def _deltas(block: Any) -> Iterator[Any]:
    if block["type"] == "thinking":
        yield from ({"type": "thinking_delta", "thinking": piece} for piece in _pieces(block["thinking"]))
        yield {"type": "signature_delta", "signature": block["signature"]}
    elif block["type"] == "text":
        yield from ({"type": "text_delta", "text": piece} for piece in _pieces(block["text"]))
    else:
        pieces = _pieces(json.dumps(block["input"]))
        yield from ({"type": "input_json_delta", "partial_json": piece} for piece in pieces)


def _pieces(text: str) -> list[str]:
    return [text[start : start + 7] for start in range(0, len(text), 7)]


def _data(value: Any) -> str:
    return f"data: {json.dumps(value)}\n\n"


def _event(value: Any) -> str:
    return f"event: {value['type']}\n{_data(value)}"


_WHOLE = {CHAT: _chat, RESPONSES: _response, MESSAGES: _message}
_STREAMS = {CHAT: _chat_stream, RESPONSES: _response_stream, MESSAGES: _message_stream}
