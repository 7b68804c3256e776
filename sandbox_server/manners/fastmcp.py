"""The transports of the Python SDK 2.x, which FastMCP 4 stands on."""

from collections.abc import Mapping
from typing import Any

from sandbox_server.call import Reply
from sandbox_server.manner import Manner, manners
from sandbox_server.manners import _python


def accepts(accept: str) -> tuple[bool, bool]:
    """Media types by name or wildcard; parameters do not count."""
    types = {part.split(";")[0].strip().lower() for part in accept.split(",")}
    anything = "*/*" in types
    return (
        anything or bool(types & {"application/json", "application/*"}),
        anything or bool(types & {"text/event-stream", "text/*"}),
    )


def problem(code: int, text: str) -> dict[str, Any]:
    """An error with a null id."""
    return {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": text}}


def notice(message: Mapping[str, Any]) -> dict[str, Any]:
    """The envelope first."""
    return {"jsonrpc": "2.0", **{key: value for key, value in message.items() if key != "jsonrpc"}}


def broken(tool: str) -> Reply:
    """FastMCP hides the cause of a broken tool; other requests fail with the SDK's generic error."""
    if not tool:
        return Reply.refused(-32603, "Internal server error")
    text = f"Error calling tool {tool!r}"
    return Reply({"content": [{"text": text, "type": "text"}], "isError": True})


manners.add(
    "fastmcp",
    Manner(
        checks=("session", "content_type", "host", "origin", "accept"),
        refusals=_python.REFUSALS,
        accepts=accepts,
        is_json=_python.is_json,
        strict_accept=False,
        problem=problem,
        notice=notice,
        hello_keys=("capabilities", "instructions", "protocolVersion", "serverInfo"),
        bad_hello=_python.bad_hello,
        broken=broken,
        event_end=b"\r\n",
        stream_headers=_python.STREAM,
        receipt_headers=_python.JSON,
        session_in_refusals=True,
        ascii_modern=True,
    ),
)
