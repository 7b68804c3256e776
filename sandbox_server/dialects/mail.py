"""Mail connectors: what the mail server behind them answers, with its status codes (RFC 5321, RFC 3463)."""

from collections.abc import Mapping
from typing import Final

from fault_injection.asked import Works
from fault_injection.scene import Meaning, Said
from sandbox_server.call import Call, Reply
from sandbox_server.dialect import dialects, seconds
from sandbox_server.families.mail.tools import READS
from sandbox_server.family import Server

_ANSWERS: Final[Mapping[Meaning, str]] = {
    "error": "451 4.3.0 Requested action aborted: local error in processing",
    "limited": "450 4.2.1 The user is sending or receiving mail at too high a rate",
    "quota": "550 5.4.5 Daily user sending limit exceeded",
    "unavailable": "421 4.3.2 Service not available, closing transmission channel",
    "auth_expired": "535 5.7.8 Authentication credentials invalid",
    "forbidden": "550 5.7.1 Delivery not authorized, message refused",
    "not_found": "NO [NONEXISTENT] Message not found",
    "locked": "NO [INUSE] Mailbox is in use by another session",
    "deadlock": "NO [INUSE] Mailbox is in use by another session",
    "conflict": "NO [INUSE] Mailbox was changed by another session",
    "full": "452 4.3.1 Insufficient system storage",
    "read_only": "NO [READ-ONLY] Mailbox is read-only",
    "timeout": "421 4.4.2 Connection timed out",
}
"""SMTP's reply codes, and IMAP's response codes (RFC 5530) where a mailbox is meant."""


@dialects.register("mail")
class Mail:
    """The connector passes on what it was answered."""

    def say(self, meaning: Meaning, said: Said, call: Call, server: Server) -> Reply:
        """An `isError` result."""
        text = said.text or f"Error: {_ANSWERS[meaning]}"
        if said.wait_ms is not None and not said.text:
            text += f", try again in {seconds(said.wait_ms)} seconds"
        return server.surface.fingerprint.failure(text)

    def works(self, call: Call, server: Server) -> Works:
        """What annotations say."""
        return "read" if call.tool in READS else "write"
