"""The first state of a mail server: what a folder holds, what is written in the world file, and seeded filler."""

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from worlds.complaints import complaint_of
from worlds.errors import WorldError
from worlds.part import Ground, Moment
from worlds.parts.mail.addresses import named_address
from worlds.parts.mail.exchange import read_eml, read_mbox
from worlds.parts.mail.filler import filler
from worlds.parts.mail.message import MESSAGES, USUAL_FOLDERS, answered, from_written, stamped
from worlds.parts.mail.part import MailPart
from worlds.parts.mail.post import ANSWERED, CONTACTS, FOLDERS, PEOPLE
from worlds.parts.mail.settings import Contact, MailSettings, OutOfOffice, Person
from worlds.records import Records, Table

_CONTACTS: Final = TypeAdapter(list[Contact])
TABLES: Final = (
    Table(MESSAGES, ("mailbox+folder", "mailbox+folder+read", "mailbox+thread", "message_id")),
    Table(FOLDERS, ("mailbox",)),
    Table(CONTACTS),
    Table(PEOPLE),
    Table(ANSWERED, hidden=True),
)


def build(settings: MailSettings, ground: Ground) -> MailPart:
    """The server in its first state. Raises WorldError naming what is wrong and where."""
    messages = _laid(settings, ground)
    first: dict[str, Any] = {
        MESSAGES: messages,
        FOLDERS: _folders(settings, [message for _, message in messages]),
        CONTACTS: ((each.address, each.model_dump()) for each in _contacts(settings, ground)),
        PEOPLE: _people(settings),
    }
    return MailPart(Records(TABLES, first), settings.account, tuple(settings.bounces))


def _laid(settings: MailSettings, ground: Ground) -> list[tuple[str, dict[str, Any]]]:
    """Every message with its id, in the order of dates, threads known."""
    found = [*_read(settings, ground), *filler(settings, ground), *_written(settings)]
    own = named_address(settings.account)[1]
    laid = []
    for number, (folder, message) in enumerate(found):
        moment = Moment(ground.now_ns, "server", ground.chance.derive("message", number))
        laid.append(stamped(message, str(message.get("mailbox", own)), folder, moment, "message"))
    laid.sort(key=lambda each: each[1]["date"])
    threads: dict[tuple[str, str], str] = {}
    for key, message in laid:
        known = (threads.get((message["mailbox"], named)) for named in answered(message))
        message["thread"] = next((thread for thread in known if thread), key)
        threads[message["mailbox"], message["message_id"]] = message["thread"]
    return laid


def _written(settings: MailSettings) -> Iterator[tuple[str, dict[str, Any]]]:
    """The messages in the world file, with their folders."""
    for number, written in enumerate(settings.messages):
        try:
            message = from_written(written, settings.account)
        except WorldError as error:
            raise WorldError(f"messages.{number}: {error.message}", hint=error.hint) from None
        yield message["folder"], {**message, "read": written.read}


def _read(settings: MailSettings, ground: Ground) -> Iterator[tuple[str, dict[str, Any]]]:
    """The messages in the folder that the settings name, with their folders."""
    if settings.data is None:
        return
    top = ground.folder / settings.data
    if not top.is_dir():
        raise WorldError(f"data: there is no folder {top}", hint="name a folder with .eml or .mbox files")
    for path in sorted(top.rglob("*")):
        inside = path.parent.relative_to(top).as_posix()
        if path.suffix == ".eml":
            yield ("inbox" if inside == "." else inside, read_eml(_bytes(path), path.name))
        elif path.suffix == ".mbox":
            folder = path.stem if inside == "." else f"{inside}/{path.stem}"
            yield from ((folder, message) for message in read_mbox(path))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WorldError(f"data: cannot read {path}: {error}") from None


def _contacts(settings: MailSettings, ground: Ground) -> Iterable[Contact]:
    top = ground.folder / (settings.data or "")
    found = [path for name in ("contacts.csv", "contacts.json") if settings.data and (path := top / name).is_file()]
    return [*(each for path in found for each in _contacts_in(path)), *settings.contacts]


def _contacts_in(path: Path) -> list[Contact]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = json.loads(text) if path.suffix == ".json" else list(csv.DictReader(text.splitlines()))
        return _CONTACTS.validate_python(rows)
    except ValidationError as error:
        raise WorldError(f"{path.name}: {complaint_of(error)}") from None
    except (OSError, ValueError) as error:
        raise WorldError(f"{path.name}: {error}") from None


def _folders(settings: MailSettings, messages: Iterable[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """The folders of each mailbox: the usual ones, the named ones, and those that something lies in."""
    account = named_address(settings.account)[1]
    boxes: dict[str, dict[str, None]] = {box: dict.fromkeys(USUAL_FOLDERS) for box in (account, *settings.people)}
    boxes[account] |= dict.fromkeys(settings.folders)
    for message in messages:
        boxes.setdefault(message["mailbox"], dict.fromkeys(USUAL_FOLDERS))[message["folder"]] = None
    return [(f"{box}/{name}", {"mailbox": box, "name": name}) for box, names in boxes.items() for name in names]


def _people(settings: MailSettings) -> list[tuple[str, dict[str, Any]]]:
    name, account = named_address(settings.account)
    people = {account: Person(name=name, delay_s=0), **settings.people}
    return [(address, _person(each)) for address, each in people.items()]


def _person(person: Person) -> dict[str, Any]:
    away = person.out_of_office
    away = OutOfOffice(text=away) if isinstance(away, str) else away
    return {**person.model_dump(), "out_of_office": None if away is None else away.model_dump()}
