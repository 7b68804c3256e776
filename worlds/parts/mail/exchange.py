"""Messages from and to `.eml` and mbox, by the standard library."""

import base64
import mailbox
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import SMTP, default
from email.utils import format_datetime, parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

from worlds.clock import SECOND, parse_time, show_time
from worlds.digest import content_hash
from worlds.errors import WorldError
from worlds.parts.mail.addresses import NoAddress
from worlds.parts.mail.enclosed import attachment
from worlds.parts.mail.message import composed, shown_sender
from worlds.records import Record

_IDS: Final = re.compile(r"<[^<>\s]+>")


def read_eml(data: bytes, source: str) -> dict[str, Any]:
    """The message in the bytes of an `.eml` file, with its date and Message-ID where it has them. Raises WorldError."""
    try:
        parsed = message_from_bytes(data, policy=default)
        return _read(parsed)
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
            message = read_eml(box.get_bytes(key), f"{path.name}, message {number}")
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
            entry = mailbox.mboxMessage(_written(message).as_bytes())
            entry.set_from(message["sender"], _date(message).timetuple())
            entry.set_flags(("RO" if message["read"] else "") + ("F" if message["flagged"] else ""))
            box.add(entry)
        box.close()
        return path.read_bytes()


def _read(parsed: EmailMessage) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if parsed["Date"]:
        date = parsedate_to_datetime(str(parsed["Date"]))
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        more["date"] = show_time(int(date.timestamp()) * SECOND)
    if known := _IDS.findall(str(parsed["Message-ID"] or "")):
        more["message_id"] = known[0]
    answered = _IDS.findall(str(parsed["In-Reply-To"] or ""))
    message = composed(
        str(parsed["From"] or ""), to=_all(parsed, "To"), cc=_all(parsed, "Cc"), bcc=_all(parsed, "Bcc"),
        subject=str(parsed["Subject"] or ""), body=_text(parsed), attachments=list(_attachments(parsed)), **more,
    )  # fmt: skip
    message["in_reply_to"] = answered[0] if answered else None
    message["references"] = _IDS.findall(str(parsed["References"] or "")) or answered
    return message


def _all(parsed: Message, header: str) -> list[str]:
    return [str(each) for each in parsed.get_all(header, [])]


def _text(parsed: EmailMessage) -> str:
    """The text of a message; of one that has only HTML, what a reader would see."""
    body = parsed.get_body(("plain", "html"))
    if body is None:
        return ""
    text = str(body.get_content()).replace("\r\n", "\n")
    return _seen(text) if body.get_content_subtype() == "html" else text.removesuffix("\n")


def _attachments(parsed: EmailMessage) -> Iterator[dict[str, Any]]:
    for number, part in enumerate(parsed.iter_attachments(), start=1):
        name = part.get_filename() or f"attachment-{number}"
        data = part.get_payload(decode=True)
        raw = data if isinstance(data, bytes) else part.as_bytes()
        yield attachment(name, raw, part.get_content_type())


_BREAKS: Final = {"p": "\n\n", **dict.fromkeys(("br", "div", "tr", "li"), "\n")}


class _Reader(HTMLParser):
    """Collects what a person reads of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style", "head")
        self.pieces.append(_BREAKS.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style", "head")

    def handle_data(self, data: str) -> None:
        if self._silent <= 0:
            self.pieces.append(data)


def _seen(html: str) -> str:
    reader = _Reader()
    reader.feed(html)
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


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
    main, _, sub = str(each["type"]).partition("/")
    data = base64.b64decode(each["content"])
    written.add_attachment(data, maintype=main or "application", subtype=sub or "octet-stream", filename=each["name"])


def _date(message: Record) -> datetime:
    return datetime.fromtimestamp(parse_time(message["date"]) // SECOND, tz=UTC)


def _one_line(text: str) -> str:
    return " ".join(text.split()) if "\n" in text or "\r" in text else text
