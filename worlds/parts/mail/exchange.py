"""Messages from and to `.eml` and mbox, by the standard library.

Lines of a text that begin with `From ` are marked in mbox files as `mboxrd` does, so that they come back as they were.
"""

import base64
import mailbox
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final

from worlds.clock import SECOND, parse_time
from worlds.digest import content_hash
from worlds.errors import WorldError
from worlds.parts.mail.addresses import NoAddress
from worlds.parts.mail.intake import legible, taken_in
from worlds.parts.mail.message import shown_sender
from worlds.records import Record

_TYPE: Final = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_MARKED: Final = re.compile(rb"^>(>*From )", re.MULTILINE)
_MARKED_ALREADY: Final = re.compile(rb"^(>+From )", re.MULTILINE)
"""What the standard library leaves as it is when it marks lines."""


def read_eml(data: bytes, source: str) -> dict[str, Any]:
    """The message in the bytes of an `.eml` file, with its date and Message-ID where it has them. Raises WorldError."""
    try:
        return taken_in(message_from_bytes(legible(data), policy=default))
    except (NoAddress, ValueError, LookupError, AttributeError, TypeError) as error:
        raise WorldError(f"{source}: {error}", hint="a message needs a From line with an address") from None


def read_mbox(path: Path) -> Iterator[dict[str, Any]]:
    """The messages of an mbox file, in their order. Raises WorldError."""
    try:
        box = mailbox.mbox(path, create=False)
    except (OSError, mailbox.Error) as error:
        raise WorldError(f"cannot read {path}: {error}") from None
    try:
        for number, key in enumerate(box.keys(), start=1):
            data = _MARKED.sub(rb"\1", box.get_bytes(key))
            message = read_eml(data, f"{path.name}, message {number}")
            yield message | {"read": "R" in box[key].get_flags(), "flagged": "F" in box[key].get_flags()}
    finally:
        box.close()


def to_eml(message: Record) -> bytes:
    """A message as the bytes of an `.eml` file; equal messages give equal bytes."""
    return _written(message).as_bytes(policy=SMTP)


def to_mbox(messages: Iterable[Record]) -> bytes:
    """Messages as one mbox file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mail.mbox"
        box = mailbox.mbox(path)
        for message in messages:
            entry = mailbox.mboxMessage(_MARKED_ALREADY.sub(rb">\1", _written(message).as_bytes()))
            entry.set_from(message["sender"], _date(message).timetuple())
            entry.set_flags(("RO" if message["read"] else "") + ("F" if message["flagged"] else ""))
            box.add(entry)
        box.close()
        return path.read_bytes()


def _written(message: Record) -> EmailMessage:
    written = EmailMessage(policy=default)
    written["From"] = shown_sender(message)
    for header in ("To", "Cc", "Bcc"):
        if message[header.lower()]:
            written[header] = ", ".join(message[header.lower()])
    written["Subject"] = _one_line(message["subject"])
    written["Date"] = format_datetime(_date(message))
    written["Message-ID"] = message["message_id"]
    if message["in_reply_to"]:
        written["In-Reply-To"] = message["in_reply_to"]
    if message["references"]:
        written["References"] = " ".join(message["references"])
    written.set_content(message["body"])
    for each in message["attachments"]:
        _attach(written, each)
    if written.is_multipart():
        written.set_boundary(f"=_{content_hash(message['message_id'].encode()).hex()[:32]}")
    return written


def _attach(written: EmailMessage, each: Mapping[str, Any]) -> None:
    main, _, sub = str(each["type"]).partition(";")[0].strip().partition("/")
    data, name = base64.b64decode(each["content"]), each["name"]
    if (main, sub) == ("message", "rfc822"):
        written.add_attachment(message_from_bytes(data, policy=default), filename=name)
    elif not _TYPE.fullmatch(f"{main}/{sub}") or main in ("message", "multipart"):  # they would have to be parsed again
        written.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    else:
        written.add_attachment(data, maintype=main, subtype=sub, filename=name)


def _date(message: Record) -> datetime:
    return datetime.fromtimestamp(parse_time(message["date"]) // SECOND, tz=UTC)


def _one_line(text: str) -> str:
    return " ".join(text.split()) if "\n" in text or "\r" in text else text
