"""Messages as the tools answer them."""

from collections.abc import Mapping
from typing import Any

from worlds.parts.mail.message import shown_sender
from worlds.records import Record

_SNIPPET_LETTERS: int = 120


def brief(key: str, message: Record) -> dict[str, Any]:
    """A message in a list."""
    return {
        "id": key,
        "thread_id": message["thread"],
        "folder": message["folder"],
        "from": shown_sender(message),
        "to": message["to"],
        "subject": message["subject"],
        "date": message["date"],
        "snippet": " ".join(message["body"][: 4 * _SNIPPET_LETTERS].split())[:_SNIPPET_LETTERS],
        "unread": not message["read"],
        "flagged": message["flagged"],
        "has_attachments": bool(message["attachments"]),
    }


def whole(key: str, message: Record) -> dict[str, Any]:
    """A message that is read."""
    shown = {**brief(key, message), "cc": message["cc"], "bcc": message["bcc"], "message_id": message["message_id"]}
    for field in ("snippet", "has_attachments", "unread"):
        shown.pop(field)
    return {**shown, "body": message["body"], "attachments": [_named(each) for each in message["attachments"]]}


def _named(attachment: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": attachment["name"], "content_type": attachment["type"], "size": attachment["size"]}
