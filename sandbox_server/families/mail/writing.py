"""Tools that write, send and pass on."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final

from sandbox_server.families.mail.desk import Desk
from sandbox_server.families.mail.failures import Refusal
from worlds.clock import SECOND, parse_time
from worlds.parts.mail.addresses import named_address
from worlds.parts.mail.message import MESSAGES, answer_subject, quoted, shown_sender
from worlds.records import Record

Arguments = Mapping[str, Any]


def send_message(desk: Desk, arguments: Arguments) -> Any:
    """A new message."""
    return desk.send(desk.compose(arguments), arguments.get("send_at"))


def reply_to_message(desk: Desk, arguments: Arguments) -> Any:
    """An answer in the thread, to the sender or to all."""
    original = desk.message(arguments["id"])
    message = _answer(desk, original, arguments["body"], everybody=arguments["reply_all"], given=arguments)
    return desk.send(message, arguments.get("send_at"))


def forward_message(desk: Desk, arguments: Arguments) -> Any:
    """A message passed on with what is attached to it."""
    original = desk.message(arguments["id"])
    head = (
        f"---------- Forwarded message ----------\nFrom: {shown_sender(original)}\nDate: {_date(original)}\n"
        f"Subject: {original['subject']}\nTo: {', '.join(original['to'])}\n\n"
    )
    body = f"{arguments['body']}\n\n{head}{original['body']}".lstrip("\n")
    subject = answer_subject(original["subject"], "Fwd")
    message = desk.compose(
        {"to": arguments["to"]}, subject=subject, body=body, attachments=original["attachments"], reply_to=original
    )
    return desk.send(message, None)


def create_draft(desk: Desk, arguments: Arguments) -> Any:
    """A message that is not sent yet."""
    if arguments.get("reply_to"):
        original = desk.message(arguments["reply_to"])
        message = _answer(desk, original, arguments["body"], everybody=False, given=arguments)
    else:
        message = desk.compose(arguments)
    key = desk.post.put(message, desk.own, "drafts", read=True)
    return {"id": key, "status": "draft"}


def update_draft(desk: Desk, arguments: Arguments) -> Any:
    """A draft with some fields changed."""
    draft = desk.message(arguments["id"], "drafts")
    changed = desk.compose({key: value for key, value in arguments.items() if key != "id"})
    named = {key: changed[key] for key in ("to", "cc", "bcc", "subject", "body", "attachments") if key in arguments}
    desk.records.put(MESSAGES, arguments["id"], {**draft, **named})
    return {"id": arguments["id"], "status": "draft"}


def send_draft(desk: Desk, arguments: Arguments) -> Any:
    """A draft that is done."""
    key = arguments["id"]
    draft = desk.message(key, "drafts")
    message = {field: value for field, value in draft.items() if field not in ("date", "message_id", "thread")}
    return desk.send(message, arguments.get("send_at"), draft=key)


TOOLS: Final[Mapping[str, Callable[[Desk, Arguments], Any]]] = {
    "send_message": send_message,
    "reply_to_message": reply_to_message,
    "forward_message": forward_message,
    "create_draft": create_draft,
    "update_draft": update_draft,
    "send_draft": send_draft,
}


def _answer(desk: Desk, original: Record, body: str, *, everybody: bool, given: Arguments) -> dict[str, Any]:
    """An answer to a message; one's own is answered to those who got it."""
    own = original["sender"] == desk.own
    to = list(original["to"]) if own else [shown_sender(original)]
    others = [*([] if own else original["to"]), *original["cc"]] if everybody else []
    known = {desk.own, *(named_address(each)[1] for each in to)}
    cc = [each for each in others if named_address(each)[1] not in known]
    more = {key: given[key] for key in ("attachments",) if key in given}
    if given.get("to"):
        to, cc = list(given["to"]), list(given.get("cc", ()))
    subject = given.get("subject") or answer_subject(original["subject"])
    text = f"{body}\n\n{quoted(original, _date(original))}"
    return desk.compose(more, to=to, cc=cc, subject=subject, body=text, reply_to=original)


def _date(message: Record) -> str:
    try:
        seconds = parse_time(message["date"]) // SECOND
    except ValueError:
        raise Refusal("Message has no date") from None
    return format_datetime(datetime.fromtimestamp(seconds, tz=UTC))
