"""Mail connectors: what the mail servers behind them answer, with their codes (RFC 5321, RFC 3463, RFC 5530)."""

from collections.abc import Mapping
from typing import ClassVar, Final

from fault_injection.asked import Works
from fault_injection.scene import Meaning, Said
from sandbox_server.call import Call, Reply
from sandbox_server.dialect import Vocabulary, dialects, seconds
from sandbox_server.families.mail.tools import READS
from sandbox_server.family import Server

_MAILBOX: Final[Mapping[Meaning, str]] = {
    "error": "NO [SERVERBUG] Internal error occurred",
    "limited": "NO [LIMIT] Too many commands",
    "quota": "NO [OVERQUOTA] Account exceeded command or bandwidth limits",
    "unavailable": "NO [UNAVAILABLE] Mail store is temporarily unavailable",
    "auth_expired": "NO [EXPIRED] Credentials have expired",
    "forbidden": "NO [NOPERM] Permission denied",
    "not_found": "NO [NONEXISTENT] Message not found",
    "locked": "NO [INUSE] Mailbox is in use by another session",
    "deadlock": "NO [INUSE] Mailbox is in use by another session",
    "conflict": "NO [INUSE] Mailbox was changed by another session",
    "full": "NO [OVERQUOTA] Not enough disk space",
    "read_only": "NO [NOPERM] Mailbox is read-only",
    "timeout": "NO [UNAVAILABLE] Timed out while waiting for the mail store",
}
"""IMAP's response codes (RFC 5530), for everything that is done to a mailbox."""
_SENDING: Final[Mapping[Meaning, str]] = {
    "error": "451 4.3.0 Requested action aborted: local error in processing",
    "limited": "450 4.2.1 The user is sending or receiving mail at too high a rate",
    "quota": "550 5.4.5 Daily user sending limit exceeded",
    "unavailable": "421 4.3.2 Service not available, closing transmission channel",
    "auth_expired": "535 5.7.8 Authentication credentials invalid",
    "forbidden": "550 5.7.1 Delivery not authorized, message refused",
    "full": "452 4.3.1 Insufficient system storage",
    "timeout": "421 4.4.2 Connection timed out",
}
"""SMTP's reply codes, for what leaves; what else can be wrong is wrong with the mailbox it is kept in."""
_SENDS: Final = frozenset(("send_message", "reply_to_message", "forward_message", "send_draft"))


@dialects.register("mail")
class Mail:
    """The connector passes on what it was answered."""

    vocabulary: ClassVar[Vocabulary] = "mail"

    def say(self, meaning: Meaning, said: Said, call: Call, server: Server) -> Reply:
        """An `isError` result."""
        answers = {**_MAILBOX, **_SENDING} if call.tool in _SENDS else _MAILBOX
        text = said.text or f"Error: {answers[meaning]}"
        if said.wait_ms is not None and not said.text:
            text += f", try again in {seconds(said.wait_ms)} seconds"
        return server.surface.fingerprint.failure(text)

    def works(self, call: Call, server: Server) -> Works:
        """What annotations say."""
        return "read" if call.tool in READS else "write"
