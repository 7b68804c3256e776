"""A message as the store keeps it, and what follows from it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from worlds.chance import NOBODY, Chance
from worlds.clock import parse_time, show_time
from worlds.part import Moment
from worlds.parts.mail.addresses import domain_of, named_address, spread
from worlds.parts.mail.enclosed import enclosed
from worlds.parts.mail.settings import Written
from worlds.records import Record

USUAL_FOLDERS: Final = ("inbox", "sent", "drafts", "scheduled", "archive", "spam", "trash")
MESSAGES: Final = "messages"
ID_DIGITS: Final = 16


def composed(
    sender: str,
    *,
    to: str | Sequence[str] = (),
    cc: str | Sequence[str] = (),
    bcc: str | Sequence[str] = (),
    subject: str = "",
    body: str = "",
    attachments: Sequence[Mapping[str, Any]] = (),
    reply_to: Record | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A message that lies nowhere yet. Raises NoAddress for what is none."""
    name, address = named_address(sender)
    message = {
        "sender": address,
        "sender_name": name,
        "to": [_checked(each) for each in spread(to)],
        "cc": [_checked(each) for each in spread(cc)],
        "bcc": [_checked(each) for each in spread(bcc)],
        "subject": subject,
        "body": body,
        "attachments": [dict(each) for each in attachments],
        "in_reply_to": None,
        "references": [],
        **more,
    }
    if reply_to is not None:
        message["in_reply_to"] = reply_to["message_id"]
        message["references"] = [*reply_to["references"], reply_to["message_id"]]
    return message


def stamped(
    message: Mapping[str, Any], mailbox: str, folder: str, moment: Moment, name: str
) -> tuple[str, dict[str, Any]]:
    """A message as it lies in a folder, but for its thread, with its id there.

    `name` tells it from others that are made at the same moment.
    """
    made = {
        "date": show_time(moment.now_ns),
        "message_id": message_id(moment.chance, name, domain_of(str(message["sender"]))),
        "read": False,
        "flagged": False,
        "mailbox": mailbox,
    }
    own = {field: value for field, value in message.items() if field not in ("mailbox", "folder")}
    rest = {field: value for field, value in made.items() if field not in own}
    return new_id(moment.chance, name), {"folder": folder, **own, **rest}  # what tells most comes first


def from_written(written: Written, account: str) -> dict[str, Any]:
    """A message as a person wrote it, with its mailbox and folder. Raises NoAddress."""
    own = named_address(account)[1]
    mailbox = written.mailbox or own
    to = written.to if written.to is not None else [account if mailbox == own else mailbox]
    more: dict[str, Any] = {"flagged": written.flagged, "mailbox": mailbox, "folder": written.folder}
    if written.date is not None:
        more["date"] = show_time(parse_time(written.date))
    if written.id is not None:
        more["message_id"] = bracketed(written.id)
    message = composed(
        written.from_, to=to, cc=written.cc, subject=written.subject, body=written.body,
        attachments=[enclosed(name, each) for name, each in written.attachments.items()], **more,
    )  # fmt: skip
    if written.in_reply_to is not None:
        message["in_reply_to"] = bracketed(written.in_reply_to)
        message["references"] = [message["in_reply_to"]]
    return message


def answered(message: Record) -> list[str]:
    """The Message-IDs that a message answers, the nearest first."""
    named = [*message["references"], message["in_reply_to"] or ""]
    return [each for each in dict.fromkeys(reversed(named)) if each]


def bracketed(written: str) -> str:
    """A Message-ID between angle brackets."""
    return f"<{written.strip().strip('<>')}>"


def recipients(message: Record) -> list[str]:
    """Everybody's address, each once, in the order of To, Cc and Bcc."""
    written = [*message["to"], *message["cc"], *message["bcc"]]
    return list(dict.fromkeys(named_address(each)[1] for each in written))


def answer_subject(subject: str, prefix: str = "Re") -> str:
    """The subject of an answer, or with `Fwd` of a message passed on; a prefix is not repeated."""
    return subject if subject.lower().startswith(f"{prefix.lower()}:") else f"{prefix}: {subject}"


def new_id(chance: Chance, name: str) -> str:
    """The id under which a mailbox knows a message."""
    return chance.hex(ID_DIGITS, "mail", NOBODY, name)


def message_id(chance: Chance, name: str, domain: str) -> str:
    """The Message-ID under which all the world knows it."""
    return f"<{chance.hex(24, 'mail', NOBODY, f'{name} message-id')}@{domain}>"


def size_of(message: Record) -> int:
    """Bytes of text and attachments, as servers count them."""
    inside = sum(int(each["size"]) for each in message["attachments"])
    return len(message["subject"].encode()) + len(message["body"].encode()) + inside


def quoted(message: Record, date: str) -> str:
    """A message's text below an answer, with its first line saying whose it is."""
    lines = "\n".join(f"> {line}" for line in message["body"].splitlines())
    return f"On {date}, {shown_sender(message)} wrote:\n{lines}"


def shown_sender(message: Record) -> str:
    """Name and address, or the address alone."""
    return f"{message['sender_name']} <{message['sender']}>" if message["sender_name"] else str(message["sender"])


def as_row(message: Record) -> dict[str, Any]:
    """A message as queries see it: addresses without names, lists joined by commas."""
    plain = {place: _plain(message[place]) for place in ("to", "cc", "bcc")}
    names = [{key: each[key] for key in ("name", "type", "size")} for each in message["attachments"]]
    return {**message, "recipient": plain["to"], "cc": plain["cc"], "bcc": plain["bcc"], "attachments": names}


def _plain(written: Iterable[str]) -> str:
    return ", ".join(named_address(each)[1] for each in written)


def _checked(written: str) -> str:
    named_address(written)
    return written
