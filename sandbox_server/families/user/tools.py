"""What the chat connector presents: two tools and their schemas."""

from collections.abc import Mapping
from typing import Any, Final

from sandbox_server.fingerprint import fingerprints
from sandbox_server.fingerprints.fastmcp import CAPABILITIES, MODERN_CAPABILITIES, NO_LISTS, VERSIONS, FunctionTool
from sandbox_server.surface import Surface
from worlds.parts.user.conversation import TEXT_MAX

NAME: Final = "support-chat"
VERSION: Final = "2.6.1"
SEND: Final = "send_message"
READ: Final = "get_conversation"
READ_MAX: Final = 200
_INSTRUCTIONS: Final = """\
One chat with one person. Read what was written with `get_conversation`. `send_message` delivers a message and comes
back with the reply. People take a while to type: the call stays open until they have answered. A chat that was closed
takes no more messages.
"""
_MESSAGE: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "author": {"type": "string", "enum": ["agent", "user"]},
        "text": {"type": "string"},
        "sent_at": {"type": "string", "format": "date-time"},
    },
    "required": ["id", "author", "text", "sent_at"],
}
_STATUS: Final[Mapping[str, Any]] = {"type": "string", "enum": ["open", "closed"]}


def chat_surface() -> Surface:
    """The surface of a chat with one person."""
    return Surface(
        server_info={"name": NAME, "version": VERSION},
        capabilities=CAPABILITIES,
        modern_capabilities=MODERN_CAPABILITIES,
        fingerprint=fingerprints.get("fastmcp"),
        tools=_tools(modern=False),
        modern_tools=_tools(modern=True),
        instructions=_INSTRUCTIONS,
        versions=VERSIONS,
        lists=NO_LISTS,
    )


def _tools(*, modern: bool) -> tuple[dict[str, Any], ...]:
    text = {"type": "string", "minLength": 1, "maxLength": TEXT_MAX, "description": "What to write to the person"}
    limit = {
        "type": "integer", "default": 50, "minimum": 1, "maximum": READ_MAX,
        "description": "How many of the newest messages to return",
    }  # fmt: skip
    return (
        _tool(
            SEND,
            "Write a message to the person in this chat and wait for the reply. Returns everything they have written "
            "that you have not seen yet.",
            {"text": text},
            {"message_id": {"type": "string"}, "status": _STATUS, "replies": {"type": "array", "items": _MESSAGE}},
            writes=True,
            modern=modern,
        ),
        _tool(
            READ,
            "Get the newest messages of this chat, oldest first, and whether it is still open.",
            {"limit": limit},
            {
                "conversation_id": {"type": "string"}, "participant": {"type": "string"}, "status": _STATUS,
                "messages": {"type": "array", "items": _MESSAGE}, "earlier_messages": {"type": "integer"},
            },
            writes=False,
            modern=modern,
        ),
    )  # fmt: skip


def _tool(
    name: str, description: str, properties: Mapping[str, Any], output: Mapping[str, Any], *, writes: bool, modern: bool
) -> dict[str, Any]:
    needed = [key for key, value in properties.items() if "default" not in value]
    required = {"required": needed} if needed else {}
    closed: dict[str, Any] = {"type": "object", "additionalProperties": False}
    schema = {**closed, "properties": dict(properties), **required}
    entry = {
        "_meta": {"fastmcp": {"tags": []}},
        "annotations": {
            "destructiveHint": False, "idempotentHint": not writes, "openWorldHint": writes, "readOnlyHint": not writes
        },
        "description": description,
        "inputSchema": schema if modern else {"properties": dict(properties), **required, **closed},
        "name": name,
        "outputSchema": {"properties": dict(output), "required": list(output), "type": "object"},
        "title": name.replace("_", " ").title(),
    }  # fmt: skip
    return FunctionTool(entry, name)
