"""The transports of the Python SDK 1.x, which servers pinned below 2 stand on."""

from collections.abc import Mapping
from typing import Any

from sandbox_server.call import Reply
from sandbox_server.manner import Manner, manners
from sandbox_server.manners import _python


def accepts(accept: str) -> tuple[bool, bool]:
    """Media types by their beginning; wildcards do not count."""
    types = [part.strip() for part in accept.split(",")]
    return (
        any(name.startswith("application/json") for name in types),
        any(name.startswith("text/event-stream") for name in types),
    )


def problem(code: int, text: str) -> dict[str, Any]:
    """An error with the SDK's own word in place of an id."""
    return {"jsonrpc": "2.0", "id": "server-error", "error": {"code": code, "message": text}}


def notice(message: Mapping[str, Any]) -> dict[str, Any]:
    """The envelope last."""
    return {**{key: value for key, value in message.items() if key != "jsonrpc"}, "jsonrpc": "2.0"}


def broken(tool: str) -> Reply:
    """A broken tool is an `isError` result; another broken request is an error with code 0. Neither says the cause."""
    if not tool:
        return Reply.refused(0, "Internal error")
    return Reply({"content": [{"type": "text", "text": "Internal error"}], "isError": True})


manners.add(
    "python_lowlevel",
    Manner(
        checks=("session", "content_type", "host", "origin", "accept"),
        refusals=_python.REFUSALS,
        accepts=accepts,
        is_json=_python.is_json,
        strict_accept=False,
        problem=problem,
        notice=notice,
        hello_keys=("protocolVersion", "capabilities", "serverInfo", "instructions"),
        bad_hello=_python.bad_hello,
        broken=broken,
        event_end=b"\r\n",
        stream_headers=_python.STREAM,
        receipt_headers=_python.JSON,
        session_in_refusals=True,
        broken_line={
            "method": "notifications/message",
            "params": {"level": "error", "logger": "mcp.server.exception_handler", "data": "Internal Server Error"},
        },
    ),
)
