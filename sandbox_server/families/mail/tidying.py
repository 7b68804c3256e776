"""Tools that keep order: marks, folders, contacts, the answer of those who are away."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox_server.families.mail.desk import Desk
from sandbox_server.families.mail.failures import Refusal
from worlds.clock import parse_time
from worlds.parts.mail.addresses import NoAddress, plain_address
from worlds.parts.mail.message import MESSAGES, USUAL_FOLDERS
from worlds.parts.mail.post import CONTACTS, FOLDERS, PEOPLE

Arguments = Mapping[str, Any]
_FIELDS: Final = ("name", "company", "phone", "notes")


def mark_message(desk: Desk, arguments: Arguments) -> Any:
    """Read or unread, flagged or not."""
    key = arguments["id"]
    marks = {field: arguments[field] for field in ("read", "flagged") if field in arguments}
    if not marks:
        raise Refusal("Nothing to change: give read or flagged")
    desk.change(key, **marks)
    message = desk.message(key)
    return {"id": key, "unread": not message["read"], "flagged": message["flagged"]}


def move_message(desk: Desk, arguments: Arguments) -> Any:
    """To another folder."""
    key, folder = arguments["id"], desk.folder(arguments["folder"])
    if folder in ("sent", "scheduled", "drafts") and desk.message(key)["folder"] != folder:
        raise Refusal(f"Messages cannot be moved to {folder}")
    desk.change(key, folder=folder)
    return {"id": key, "folder": folder}


def delete_message(desk: Desk, arguments: Arguments) -> Any:
    """To the trash, and from there for good."""
    key = arguments["id"]
    if desk.message(key)["folder"] == "trash":
        desk.records.remove(MESSAGES, key)
        return {"id": key, "status": "deleted"}
    desk.change(key, folder="trash")
    return {"id": key, "status": "moved to trash"}


def create_folder(desk: Desk, arguments: Arguments) -> Any:
    """One more."""
    name = arguments["name"].strip()
    if not name:
        raise Refusal("Folder name is empty")
    if any(name.casefold() == each.casefold() for each in desk.folders()):
        raise Refusal(f"Folder already exists: {name}")
    desk.records.put(FOLDERS, f"{desk.own}/{name}", {"mailbox": desk.own, "name": name})
    return {"name": name, "status": "created"}


def delete_folder(desk: Desk, arguments: Arguments) -> Any:
    """One less, if nothing lies in it."""
    name = desk.folder(arguments["name"])
    if name in USUAL_FOLDERS:
        raise Refusal(f"Folder cannot be deleted: {name}")
    if desk.count_in(name):
        raise Refusal(f"Folder is not empty: {name}")
    desk.records.remove(FOLDERS, f"{desk.own}/{name}")
    return {"name": name, "status": "deleted"}


def save_contact(desk: Desk, arguments: Arguments) -> Any:
    """A new entry of the address book, or another version of one."""
    address = _address(arguments["address"])
    known = desk.records.get(CONTACTS, address) or {"address": address, **dict.fromkeys(_FIELDS, "")}
    entry = {**known, **{field: arguments[field] for field in _FIELDS if field in arguments}}
    desk.records.put(CONTACTS, address, entry)
    return dict(entry)


def delete_contact(desk: Desk, arguments: Arguments) -> Any:
    """An entry less."""
    address = _address(arguments["address"])
    if desk.records.get(CONTACTS, address) is None:
        raise Refusal(f"Contact not found: {address}")
    desk.records.remove(CONTACTS, address)
    return {"address": address, "status": "deleted"}


def set_auto_reply(desk: Desk, arguments: Arguments) -> Any:
    """On with a text, or off."""
    own = desk.records.get(PEOPLE, desk.own) or {}
    away = None
    if arguments["enabled"]:
        text, until = arguments.get("text", ""), arguments.get("until")
        if not text:
            raise Refusal("text is needed to turn the auto-reply on")
        _check_time(until)
        away = {"text": text, "subject": "Out of office", "until": until}
    desk.records.put(PEOPLE, desk.own, {**own, "out_of_office": away})
    return {"enabled": away is not None, "text": away and away["text"], "until": away and away["until"]}


TOOLS: Final[Mapping[str, Callable[[Desk, Arguments], Any]]] = {
    "mark_message": mark_message,
    "move_message": move_message,
    "delete_message": delete_message,
    "create_folder": create_folder,
    "delete_folder": delete_folder,
    "save_contact": save_contact,
    "delete_contact": delete_contact,
    "set_auto_reply": set_auto_reply,
}


def _address(written: str) -> str:
    try:
        return plain_address(written)
    except NoAddress as error:
        raise Refusal(f"Invalid address: {error.message}") from None


def _check_time(written: str | None) -> None:
    try:
        parse_time(written or "2026-01-01")
    except ValueError:
        raise Refusal(f"Invalid time: {written}") from None
