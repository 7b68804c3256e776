"""Tools that read."""

import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from sandbox_server.aside import in_turns
from sandbox_server.call import Reply
from sandbox_server.families.mail.desk import Desk, chosen
from sandbox_server.families.mail.failures import Refusal
from sandbox_server.families.mail.searching import BadQuery, understood
from sandbox_server.families.mail.showing import brief, whole
from worlds.parts.mail.message import MESSAGES
from worlds.parts.mail.post import CONTACTS
from worlds.records import Record

Arguments = Mapping[str, Any]
_CONTACTS_MAX: Final = 50


def get_account(desk: Desk, arguments: Arguments) -> Any:
    """Whose mail it is."""
    return {"address": desk.own, "name": desk.post.name}


def list_folders(desk: Desk, arguments: Arguments) -> Any:
    """Folders with their numbers of messages."""
    counts = [(name, desk.count_in(name), desk.count_in(name, unread=True)) for name in desk.folders()]
    return {"folders": [{"name": name, "messages": count, "unread": unread} for name, count, unread in counts]}


async def list_messages(desk: Desk, arguments: Arguments) -> Any:
    """One page of a folder."""
    folder, unread = desk.folder(arguments["folder"]), arguments["unread_only"]
    limit, entries = int(arguments["limit"]), desk.in_folder(folder, desk.known(arguments.get("cursor")))

    def fits(message: Record) -> bool:
        return bool(message["folder"] == folder) and not (unread and message["read"])

    return _page(await in_turns(chosen(entries, fits, limit + 1), desk.part), limit)


async def search_messages(desk: Desk, arguments: Arguments) -> Any:
    """One page of what fits a query."""
    try:
        query = understood(arguments["query"])
    except BadQuery as error:
        raise Refusal(f"Invalid query: {error}") from None
    cursor, limit = desk.known(arguments.get("cursor")), int(arguments["limit"])
    found = await in_turns(chosen(desk.everything(cursor), query.fits, limit + 1), desk.part)
    return _page(found, limit)


def get_message(desk: Desk, arguments: Arguments) -> Any:
    """One message."""
    return whole(arguments["id"], desk.message(arguments["id"]))


def get_thread(desk: Desk, arguments: Arguments) -> Any:
    """The messages of a conversation, oldest first."""
    thread = arguments["thread_id"]
    keys = desk.records.find(MESSAGES, "mailbox+thread", [desk.own, thread])
    if not keys:
        raise Refusal(f"Thread not found: {thread}")
    return {"thread_id": thread, "messages": [whole(key, desk.message(key)) for key in keys]}


def get_attachment(desk: Desk, arguments: Arguments) -> Any:
    """An attachment: a text as text, a picture or a sound as such, anything else as a resource."""
    key, name = arguments["id"], arguments["name"]
    for each in desk.message(key)["attachments"]:
        if each["name"] == name:
            return Reply({"content": [_block(key, each)]})
    raise Refusal(f"Attachment not found: {name}")


def search_contacts(desk: Desk, arguments: Arguments) -> Any:
    """Entries of the address book in which the words occur."""
    wanted = str(arguments["query"]).casefold()
    keys = desk.records.keys(CONTACTS)
    found = [record for key in keys if _is_meant(record := desk.records.get(CONTACTS, key) or {}, wanted)]
    return {"contacts": [dict(each) for each in found[:_CONTACTS_MAX]], "total": len(found)}


TOOLS: Final[Mapping[str, Callable[[Desk, Arguments], Any]]] = {
    "get_account": get_account,
    "list_folders": list_folders,
    "get_message": get_message,
    "get_thread": get_thread,
    "get_attachment": get_attachment,
    "search_contacts": search_contacts,
}
SLOW: Final[Mapping[str, Callable[[Desk, Arguments], Awaitable[Any]]]] = {
    "list_messages": list_messages,
    "search_messages": search_messages,
}


def _is_meant(contact: Record, wanted: str) -> bool:
    return any(wanted in str(contact[field]).casefold() for field in ("name", "address", "company"))


def _page(found: Sequence[tuple[str, Record]], limit: int) -> dict[str, Any]:
    shown = [brief(key, message) for key, message in found[:limit]]
    return {"messages": shown, "next_cursor": found[limit - 1][0] if len(found) > limit else None}


def _block(key: str, attachment: Mapping[str, Any]) -> dict[str, Any]:
    kind, content = str(attachment["type"]), attachment["content"]
    if kind.startswith(("image/", "audio/")):
        return {"type": kind.partition("/")[0], "data": content, "mimeType": kind}
    uri = f"mail://messages/{key}/attachments/{attachment['name']}"
    if kind.startswith("text/") or kind in ("application/json", "application/xml"):
        try:
            return {"type": "text", "text": base64.b64decode(content).decode()}
        except UnicodeDecodeError:
            pass
    return {"type": "resource", "resource": {"uri": uri, "mimeType": kind, "blob": content}}
