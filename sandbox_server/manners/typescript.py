"""The transports of the TypeScript SDK 1.x."""

import json
from collections.abc import Mapping
from typing import Any, Final

from sandbox_server.call import Reply
from sandbox_server.manner import Manner, Refusal, manners

_REFUSED: Final = -32000
_BOTH: Final = "Not Acceptable: Client must accept both application/json and text/event-stream"
_HELLO: Final = {"protocolVersion": (str, "string"), "capabilities": (dict, "object"), "clientInfo": (dict, "object")}


def accepts(accept: str) -> tuple[bool, bool]:
    """Both types, looked for anywhere in the header."""
    return "application/json" in accept, "text/event-stream" in accept


def is_json(content_type: str) -> bool:
    """A Content-Type whose media type is JSON, parameters aside."""
    essence, _, rest = content_type.partition(";")
    return essence.strip().lower() == "application/json" and "," not in rest


def problem(code: int, text: str) -> dict[str, Any]:
    """An error with a null id at its end."""
    return {"jsonrpc": "2.0", "error": {"code": code, "message": text}, "id": None}


def notice(message: Mapping[str, Any]) -> dict[str, Any]:
    """The envelope after the content, and an id at the very end."""
    content = {key: value for key, value in message.items() if key not in ("jsonrpc", "id")}
    return {**content, "jsonrpc": "2.0", **({"id": message["id"]} if "id" in message else {})}


def bad_hello(params: Any) -> Reply:
    """An internal error whose message lists what is missing as JSON."""
    given = params if isinstance(params, dict) else {}
    issues = [
        {
            "expected": expected,
            "code": "invalid_type",
            "path": ["params", key],
            "message": f"Invalid input: expected {expected}, received {'undefined' if key not in given else 'other'}",
        }
        for key, (kind, expected) in _HELLO.items()
        if not isinstance(given.get(key), kind)
    ]
    return Reply.refused(-32603, json.dumps(issues, indent=2))


def broken(tool: str) -> Reply:
    """A tool that throws becomes an `isError` result; another request fails with the generic error."""
    if not tool:
        return Reply.refused(-32603, "Internal error")
    return Reply({"content": [{"type": "text", "text": "Internal error"}], "isError": True})


manners.add(
    "typescript",
    Manner(
        checks=("host", "origin", "accept", "content_type"),
        refusals={
            "host": Refusal(403, "Invalid Host header: {host}", _REFUSED),
            "origin": Refusal(403, "Invalid Origin header: {origin}", _REFUSED),
            "content_type": Refusal(415, "Unsupported Media Type: Content-Type must be application/json", _REFUSED),
            "accept": Refusal(406, _BOTH, _REFUSED),
            "accept_json": Refusal(406, _BOTH, _REFUSED),
            "accept_stream": Refusal(406, "Not Acceptable: Client must accept text/event-stream", _REFUSED),
            "too_large": Refusal(
                413,
                "Payload Too Large: Request body must not exceed {limit} bytes",
                _REFUSED,
                ((b"connection", b"close"),),
            ),
            "unparsable": Refusal(400, "Parse error: Invalid JSON", -32700),
            "invalid": Refusal(400, "Parse error: Invalid JSON-RPC message", -32700),
            "long_batch": Refusal(400, "Invalid Request: Batch must not exceed {limit} messages", -32600),
            "mixed_batch": Refusal(400, "Invalid Request: Only one initialization request is allowed", -32600),
            "missing_session": Refusal(400, "Bad Request: Server not initialized", _REFUSED),
            "unknown_session": Refusal(404, "Session not found", -32001),
            "initialized": Refusal(400, "Invalid Request: Server already initialized", -32600),
            "unsupported_version": Refusal(
                400,
                "Bad Request: Unsupported protocol version: {version} (supported versions: {newest_first})",
                _REFUSED,
            ),
            "stream_taken": Refusal(409, "Conflict: Only one SSE stream is allowed per session", _REFUSED),
            "verb": Refusal(405, "Method not allowed.", _REFUSED, ((b"allow", b"GET, POST, DELETE"),)),
            "broken": Refusal(400, "Parse error", -32700),
        },
        accepts=accepts,
        is_json=is_json,
        strict_accept=True,
        problem=problem,
        notice=notice,
        hello_keys=("protocolVersion", "capabilities", "serverInfo", "instructions"),
        bad_hello=bad_hello,
        broken=broken,
        event_end=b"\n",
        stream_headers=(
            (b"content-type", b"text/event-stream"),
            (b"cache-control", b"no-cache, no-transform"),
            (b"connection", b"keep-alive"),
            (b"x-accel-buffering", b"no"),
        ),
        session_hyphens=True,
        batches=True,
        replaces_bad_text=True,
        lenient_ids=False,
        reinitialize=False,
        waits_for_hello=False,
    ),
)
