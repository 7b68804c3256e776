"""The tools as an agent sees them: names, titles, descriptions, schemas, hints."""

from collections.abc import Mapping
from typing import Any, Final

PAGE_MAX: Final = 100
RECIPIENTS_MAX: Final = 100
_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
_READS: Final = {"readOnlyHint": True, "openWorldHint": True}
_WRITES: Final = {"readOnlyHint": False, "destructiveHint": False, "openWorldHint": True}
_DESTROYS: Final = {"readOnlyHint": False, "destructiveHint": True, "openWorldHint": True}


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


def _addresses(description: str, *, least: int = 0) -> dict[str, Any]:
    bounds = {"minItems": least} if least else {}
    return {
        "type": "array",
        "items": {"type": "string"},
        **bounds,
        "maxItems": RECIPIENTS_MAX,
        "description": description,
    }


_ID: Final = _text("Message ID", minLength=1)
_FOLDER: Final = _text("Folder name, for example 'inbox'", minLength=1)
_PAGE: Final = {
    "limit": {
        "type": "integer", "minimum": 1, "maximum": PAGE_MAX, "default": 20, "description": "Messages per page",
    },
    "cursor": _text("Where to continue, from next_cursor of the page before"),
}  # fmt: skip
_ATTACHMENTS: Final = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "name": _text("File name", minLength=1),
            "content_type": _text("Media type; guessed from the name if left out"),
            "content": _text("The file's bytes in base64"),
        },
        "required": ["name", "content"],
    },
    "maxItems": 20,
    "description": "Files to attach",
}
_COPIES: Final = {"cc": _addresses("Copy to"), "bcc": _addresses("Blind copy to")}
_AT: Final = _text("Send at this time (ISO 8601) and not at once")
_BODY: Final = _text("Plain text of the message")


def _tool(
    name: str, title: str, description: str, properties: Mapping[str, Any], *required: str, hints: Mapping[str, bool]
) -> Mapping[str, Any]:
    needed = {"required": list(required)} if required else {}
    return {
        "name": name,
        "title": title,
        "description": description,
        "inputSchema": {"$schema": _DRAFT, "type": "object", "properties": dict(properties), **needed},
        "annotations": dict(hints),
        "execution": {"taskSupport": "forbidden"},
    }


TOOLS: Final = (
    _tool("get_account", "Get Account", "Show the address and name of the mail account.", {}, hints=_READS),
    _tool(
        "list_folders", "List Folders", "List the folders with the number of messages and of unread ones.", {},
        hints=_READS,
    ),
    _tool(
        "list_messages", "List Messages",
        "List the messages of a folder, newest first, without their bodies.",
        {
            "folder": {**_FOLDER, "default": "inbox"},
            "unread_only": {"type": "boolean", "default": False, "description": "Leave out messages that were read"},
            **_PAGE,
        },
        hints=_READS,
    ),
    _tool(
        "search_messages", "Search Messages",
        "Search all folders but trash and spam, newest first. Words must all occur in subject, body or addresses. "
        "Also: \"a phrase\", from:, to:, subject:, in:folder, is:unread, is:flagged, has:attachment, "
        "before:2026-03-01, after:2026-02-01, and -word for what must not occur.",
        {"query": _text("What to look for", minLength=1, maxLength=1_000), **_PAGE}, "query",
        hints=_READS,
    ),
    _tool(
        "get_message", "Get Message", "Read one message with its body and the names of its attachments. "
        "It stays unread until it is marked.",
        {"id": _ID}, "id", hints=_READS,
    ),
    _tool(
        "get_thread", "Get Thread", "Read all messages of a conversation, oldest first.",
        {"thread_id": _text("Thread ID", minLength=1)}, "thread_id", hints=_READS,
    ),
    _tool(
        "get_attachment", "Get Attachment", "Fetch an attachment of a message.",
        {"id": _ID, "name": _text("File name of the attachment", minLength=1)}, "id", "name", hints=_READS,
    ),
    _tool(
        "send_message", "Send Message", "Send a new message, or schedule it with send_at.",
        {
            "to": _addresses("Recipients", least=1), **_COPIES, "subject": _text("Subject line"), "body": _BODY,
            "attachments": _ATTACHMENTS, "send_at": _AT,
        },
        "to", "subject", "body", hints=_WRITES,
    ),
    _tool(
        "reply_to_message", "Reply to Message", "Answer a message in its thread; the original is quoted below.",
        {
            "id": _ID, "body": _BODY,
            "reply_all": {"type": "boolean", "default": False, "description": "Answer everybody who got the message"},
            "attachments": _ATTACHMENTS, "send_at": _AT,
        },
        "id", "body", hints=_WRITES,
    ),
    _tool(
        "forward_message", "Forward Message", "Pass a message on with its attachments.",
        {"id": _ID, "to": _addresses("Recipients", least=1), "body": {**_BODY, "default": ""}}, "id", "to",
        hints=_WRITES,
    ),
    _tool(
        "create_draft", "Create Draft", "Save a message without sending it.",
        {
            "to": _addresses("Recipients"), **_COPIES, "subject": _text("Subject line", default=""),
            "body": {**_BODY, "default": ""}, "attachments": _ATTACHMENTS,
            "reply_to": _text("ID of the message that the draft answers"),
        },
        hints=_WRITES,
    ),
    _tool(
        "update_draft", "Update Draft", "Change the named fields of a draft.",
        {
            "id": _ID, "to": _addresses("Recipients"), **_COPIES, "subject": _text("Subject line"), "body": _BODY,
            "attachments": _ATTACHMENTS,
        },
        "id", hints=_WRITES,
    ),
    _tool("send_draft", "Send Draft", "Send a draft.", {"id": _ID, "send_at": _AT}, "id", hints=_WRITES),
    _tool(
        "mark_message", "Mark Message", "Mark a message as read or unread, flagged or not.",
        {
            "id": _ID, "read": {"type": "boolean", "description": "Whether it is read"},
            "flagged": {"type": "boolean", "description": "Whether it is flagged"},
        },
        "id", hints=_WRITES,
    ),
    _tool(
        "move_message", "Move Message", "Move a message to another folder.", {"id": _ID, "folder": _FOLDER},
        "id", "folder", hints=_WRITES,
    ),
    _tool(
        "delete_message", "Delete Message", "Move a message to the trash; one that lies there is deleted for good.",
        {"id": _ID}, "id", hints=_DESTROYS,
    ),
    _tool(
        "create_folder", "Create Folder", "Add a folder.", {"name": {**_FOLDER, "maxLength": 100}}, "name",
        hints=_WRITES,
    ),
    _tool("delete_folder", "Delete Folder", "Remove an empty folder.", {"name": _FOLDER}, "name", hints=_DESTROYS),
    _tool(
        "search_contacts", "Search Contacts", "Find people in the address book by name, address or company.",
        {"query": _text("Part of a name, address or company; empty for all", default="")}, hints=_READS,
    ),
    _tool(
        "save_contact", "Save Contact", "Add somebody to the address book, or change their entry.",
        {
            "address": _text("Mail address"), "name": _text("Name"), "company": _text("Company"),
            "phone": _text("Telephone number"), "notes": _text("Notes"),
        },
        "address", hints=_WRITES,
    ),
    _tool(
        "delete_contact", "Delete Contact", "Remove somebody from the address book.",
        {"address": _text("Mail address")}, "address", hints=_DESTROYS,
    ),
    _tool(
        "set_auto_reply", "Set Auto-Reply", "Turn the out-of-office answer on or off.",
        {
            "enabled": {"type": "boolean", "description": "Whether it is on"},
            "text": _text("What it says; needed to turn it on"),
            "until": _text("Until when (ISO 8601)"),
        },
        "enabled", hints=_WRITES,
    ),
)  # fmt: skip
READS: Final = frozenset(tool["name"] for tool in TOOLS if tool["annotations"]["readOnlyHint"])
