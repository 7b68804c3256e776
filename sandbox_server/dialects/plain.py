"""Plain sentences, for servers that imitate nothing in particular."""

from collections.abc import Mapping
from typing import ClassVar, Final

from fault_injection.asked import Works
from fault_injection.scene import Meaning, Said
from sandbox_server.call import Call, Reply
from sandbox_server.dialect import Vocabulary, annotated, dialects, seconds
from sandbox_server.family import Server

_WORDS: Final[Mapping[Meaning, str]] = {
    "error": "An unexpected error occurred.",
    "limited": "Rate limit exceeded.",
    "quota": "The quota for this period is used up.",
    "unavailable": "The service is temporarily unavailable.",
    "auth_expired": "The access token has expired.",
    "forbidden": "The access token does not allow this operation.",
    "not_found": "Not found.",
    "locked": "The resource is locked by another process.",
    "deadlock": "The transaction was ended because of a deadlock.",
    "conflict": "The resource was changed by somebody else at the same time.",
    "full": "There is no space left.",
    "read_only": "The resource is read-only.",
    "timeout": "The operation timed out.",
}


@dialects.register("plain")
class Plain:
    """Sentences with the wait where it is known."""

    vocabulary: ClassVar[Vocabulary] = "network"

    def say(self, meaning: Meaning, said: Said, call: Call, server: Server) -> Reply:
        """An `isError` result."""
        text = said.text or _WORDS[meaning]
        if said.wait_ms is not None and not said.text:
            text += f" Retry after {seconds(said.wait_ms)} seconds."
        return server.surface.fingerprint.failure(text)

    def works(self, call: Call, server: Server) -> Works:
        """What annotations say; of tools without any, what the server says of them."""
        return annotated(call, server) or getattr(server, "unmarked", "")
