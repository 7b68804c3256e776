"""Mail that machines write: what could not be delivered, and who is away."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from worlds.parts.mail.message import answer_subject, composed, shown_sender
from worlds.records import Record

DAEMON: Final = "Mail Delivery Subsystem"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why mail comes back: the status of RFC 3463 and a sentence."""

    code: str
    sentence: str


UNKNOWN: Final = Reason("550 5.1.1", "The email account that you tried to reach does not exist.")
FULL: Final = Reason("552 5.2.2", "The recipient's mailbox is full and cannot accept messages now.")


def bounce(message: Record, address: str, reason: Reason, domain: str) -> dict[str, Any]:
    """What the sender of a message gets when it does not arrive."""
    body = (
        f"Your message could not be delivered to {address}.\n\n"
        f"{reason.sentence}\n\n"
        f"The response was:\n{reason.code} <{address}>: {reason.sentence}\n\n"
        f"----- Original message -----\n"
        f"From: {shown_sender(message)}\nTo: {', '.join(message['to'])}\n"
        f"Subject: {message['subject']}\nMessage-ID: {message['message_id']}\n"
    )
    return composed(
        f"{DAEMON} <mailer-daemon@{domain}>",
        to=[message["sender"]],
        subject="Delivery Status Notification (Failure)",
        body=body,
        reply_to=message,
        automatic=True,
    )


def away(sender: str, written: Mapping[str, Any], message: Record) -> dict[str, Any]:
    """What somebody who is away has answered for them."""
    subject = f"{written['subject']}: {answer_subject(message['subject'])}"
    return composed(
        sender, to=[message["sender"]], subject=subject, body=written["text"], reply_to=message, automatic=True
    )
