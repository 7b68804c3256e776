"""What the transports of the Python SDK's two generations have in common."""

from collections.abc import Mapping
from typing import Any, Final

from fault_injection.delivery import Headers
from sandbox_server.call import Reply
from sandbox_server.manner import Reason, Refusal

INVALID_REQUEST: Final = -32600
JSON: Final[Headers] = ((b"content-type", b"application/json"),)
STREAM: Final[Headers] = (
    (b"cache-control", b"no-cache, no-transform"),
    (b"connection", b"keep-alive"),
    (b"content-type", b"text/event-stream"),
    (b"x-accel-buffering", b"no"),
)

REFUSALS: Final[Mapping[Reason, Refusal]] = {
    "content_type": Refusal(400, "Invalid Content-Type header"),
    "host": Refusal(421, "Invalid Host header"),
    "origin": Refusal(403, "Invalid Origin header"),
    "accept": Refusal(
        406, "Not Acceptable: Client must accept both application/json and text/event-stream", INVALID_REQUEST
    ),
    "accept_json": Refusal(406, "Not Acceptable: Client must accept application/json", INVALID_REQUEST),
    "accept_stream": Refusal(406, "Not Acceptable: Client must accept text/event-stream", INVALID_REQUEST),
    "too_large": Refusal(413, "Request body too large", headers=((b"connection", b"close"),)),
    "unparsable": Refusal(400, "Parse error: {detail}", -32700),
    "invalid": Refusal(400, "Validation error: {detail}", -32602),
    "long_batch": Refusal(400, "Validation error: {detail}", -32602),
    "mixed_batch": Refusal(400, "Validation error: {detail}", -32602),
    "missing_session": Refusal(400, "Bad Request: Missing session ID", INVALID_REQUEST),
    "unknown_session": Refusal(404, "Session not found", INVALID_REQUEST),
    "initialized": Refusal(400, "Bad Request: Already initialized", INVALID_REQUEST),
    "unsupported_version": Refusal(
        400,
        "Bad Request: Unsupported protocol version: {version}. Supported versions: {oldest_first}",
        INVALID_REQUEST,
    ),
    "stream_taken": Refusal(409, "Conflict: Only one SSE stream is allowed per session", INVALID_REQUEST),
    "verb": Refusal(405, "Method Not Allowed", INVALID_REQUEST, ((b"allow", b"GET, POST, DELETE"),)),
    "broken": Refusal(500, "Error handling POST request", -32603),
}


def is_json(content_type: str) -> bool:
    """A Content-Type that begins with the JSON type."""
    return content_type.lower().startswith("application/json")


def bad_hello(params: Any) -> Reply:
    """The answer to any params that do not fit."""
    return Reply.refused(-32602, "Invalid request parameters", "")
