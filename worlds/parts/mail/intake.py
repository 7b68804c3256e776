"""What a parsed message says, however its writer's program wrote it: nothing of it is lost for being odd."""

import re
from collections.abc import Iterator
from datetime import UTC
from email.message import EmailMessage, Message, MIMEPart
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any, Final

from worlds.clock import SECOND, show_time
from worlds.parts.mail.addresses import NoAddress, named_address, spread
from worlds.parts.mail.enclosed import attachment
from worlds.parts.mail.message import composed

_IDS: Final = re.compile(r"<[^<>\s]+>")
_GAP: Final = re.compile(rb"(\r?\n\r?\n)")
_FALLBACK: Final = "cp1252"
"""What text without a charset is in, where it is no UTF-8."""


def taken_in(parsed: EmailMessage) -> dict[str, Any]:
    """The message, with its date and Message-ID where it has them. Raises NoAddress without a sender."""
    answered = _IDS.findall(str(parsed["In-Reply-To"] or ""))
    message = composed(
        str(parsed["From"] or ""), to=_all(parsed, "To"), cc=_all(parsed, "Cc"), bcc=_all(parsed, "Bcc"),
        subject=str(parsed["Subject"] or ""), body=_text(parsed), attachments=list(_attachments(parsed)),
        **_known(parsed),
    )  # fmt: skip
    message["in_reply_to"] = answered[0] if answered else None
    message["references"] = _IDS.findall(str(parsed["References"] or "")) or answered
    return message


def _known(parsed: EmailMessage) -> dict[str, Any]:
    """Its date and Message-ID, where they can be made out."""
    known: dict[str, Any] = {}
    try:
        date = parsedate_to_datetime(str(parsed["Date"]))
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        known["date"] = show_time(int(date.timestamp()) * SECOND)
    except (ValueError, TypeError, OverflowError):
        pass  # the world's first time stands in for it
    if found := _IDS.findall(str(parsed["Message-ID"] or "")):
        known["message_id"] = found[0]
    return known


def legible(data: bytes) -> bytes:
    """The bytes of a message whose headers are UTF-8, whatever they were written in."""
    head, gap, rest = _GAP.split(data, maxsplit=1) if _GAP.search(data) else (data, b"", b"")
    return _decoded(head).encode() + gap + rest


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode(_FALLBACK, "replace")


def _all(parsed: Message, header: str) -> list[str]:
    """The addresses in a header; what is none is left out."""
    written = spread([str(each) for each in parsed.get_all(header, [])])
    return [each for each in written if _is_address(each)]


def _is_address(written: str) -> bool:
    try:
        named_address(written)
    except NoAddress:
        return False
    return True


def _text(parsed: EmailMessage) -> str:
    """The text of a message; of one that has only HTML, what a reader would see."""
    body = parsed.get_body(("plain", "html"))
    if body is None:
        whole = parsed.get_payload() if parsed.get_content_maintype() == "multipart" else ""
        return whole.strip() if isinstance(whole, str) else ""  # it promises parts and has none
    text = _words(body).replace("\r\n", "\n")
    return _seen(text) if body.get_content_subtype() == "html" else text.removesuffix("\n")


def _words(body: Message) -> str:
    raw = body.get_payload(decode=True)
    raw = raw if isinstance(raw, bytes) else b""
    try:
        charset = body.get_content_charset()
        return raw.decode(charset) if charset and charset != "us-ascii" else _decoded(raw)
    except (LookupError, UnicodeDecodeError):
        return _decoded(raw)


def _attachments(parsed: EmailMessage) -> Iterator[dict[str, Any]]:
    for number, part in enumerate(_enclosed(parsed), start=1):
        yield attachment(part.get_filename() or _usual_name(part, number), _bytes(part), part.get_content_type())


def _enclosed(parsed: MIMEPart) -> Iterator[Message]:
    """All parts that are neither the text nor another way to read it: files, messages, invitations."""
    body = parsed.get_body(("plain", "html"))
    if not parsed.is_multipart() or parsed.get_content_maintype() == "message":
        if body is None and parsed.get_content_maintype() != "multipart":
            yield parsed
        return
    for part in parsed.iter_parts():
        if part.get_content_maintype() == "multipart" and not part.is_attachment():
            yield from _enclosed(part)
        elif part is not body and not _is_reading(parsed, part):
            yield part


def _is_reading(parent: Message, part: MIMEPart) -> bool:
    """Whether a part is the message's text, or the same text in another form."""
    if part.is_attachment() or part.get_filename():
        return False
    kind, within = part.get_content_type(), parent.get_content_subtype()
    return kind in ("text/plain", "text/html") and within in ("alternative", "related")


def _usual_name(part: Message, number: int) -> str:
    return "invite.ics" if part.get_content_type() == "text/calendar" else f"attachment-{number}"


def _bytes(part: Message) -> bytes:
    """What a part holds; of a message, the message alone."""
    data = part.get_payload(decode=True)
    if isinstance(data, bytes):
        return data
    inside = part.get_payload()
    if isinstance(inside, list):
        return b"\n".join(each.as_bytes() for each in inside if isinstance(each, Message))
    return str(inside).encode()


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
