"""The contract of a manner: how the transports of one SDK refuse and frame, beside the fingerprint's words for tools.

A fingerprint says what a server answers; a manner says what surrounds the answers: HTTP refusals in their order, the
head and the line ends of event streams, what a request before the handshake meets. One file per SDK in
`sandbox_server/manners/`, named like the fingerprint. Manners are data: frozen, shared, compared by nobody.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from fault_injection.delivery import Headers
from sandbox_server.call import Reply
from worlds.errors import UnknownName
from worlds.registry import Registry

Check = Literal["host", "origin", "content_type", "accept", "session"]
"""What is looked at before a body is parsed."""
Reason = Literal[
    "host", "origin", "content_type", "accept", "accept_json", "accept_stream", "too_large", "unparsable", "invalid",
    "long_batch", "mixed_batch", "missing_session", "unknown_session", "initialized", "unsupported_version",
    "stream_taken", "verb", "broken",
]  # fmt: skip
"""Why a request is refused at the level of HTTP."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal: the text may hold `{named}` pieces; without a code the text is the whole plain body."""

    status: int
    text: str = ""
    code: int | None = None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Manner:
    """How one SDK's transports behave around the answers."""

    checks: tuple[Check, ...]
    """Door checks of a POST in the SDK's order; `session` stands where an unknown session id is noticed early."""
    refusals: Mapping[Reason, Refusal]
    accepts: Callable[[str], tuple[bool, bool]]
    """An Accept header to (JSON is fine, an event stream is fine)."""
    is_json: Callable[[str], bool]
    """Whether a Content-Type header says JSON."""
    strict_accept: bool
    """Whether a POST must accept both types even where answers are plain JSON."""
    problem: Callable[[int, str], dict[str, Any]]
    """The JSON-RPC message of a refusal that answers no request."""
    notice: Callable[[Mapping[str, Any]], dict[str, Any]]
    """A notification or request to the client in the SDK's key order."""
    hello_keys: tuple[str, ...]
    """The key order of an `initialize` result."""
    bad_hello: Callable[[Any], Reply]
    """The answer to an `initialize` with unusable params."""
    broken: Callable[[str], Reply]
    """The answer to a call of this tool (or another request, named "") that broke inside the server."""
    event_end: bytes
    """The end of a line in an event stream."""
    stream_headers: Headers
    """The head of an event stream, without session and date."""
    receipt_headers: Headers = ()
    """The head of a 202 or of an ended session."""
    session_hyphens: bool = False
    session_in_refusals: bool = False
    """Whether refusals inside a session carry its id."""
    batches: bool = False
    """Whether batches are taken in every handshake version, not only in 2025-03-26, which demands them."""
    replaces_bad_text: bool = False
    """Whether an HTTP body that is not UTF-8 is read all the same, as lines of stdio are by every SDK."""
    lenient_ids: bool = True
    """Whether a request whose id is no id counts as a notification in the handshake era, instead of being invalid."""
    reinitialize: bool = True
    """Whether a session may be initialized again."""
    waits_for_hello: bool = True
    """Whether requests before `initialize` are refused on a line without sessions."""
    broken_line: Mapping[str, Any] | None = None
    """What an unparsable stdio line is answered with; None is silence."""
    ascii_modern: bool = False
    """Whether 2026-07-28 bodies escape everything beyond ASCII."""


manners: Registry[Manner] = Registry("soundstage.manners", "sandbox_server.manners")
"""Names of fingerprints to the manners of their SDK's transports."""

FALLBACK = "fastmcp"
"""The manner of a fingerprint that brings none of its own: the Python SDK's present one."""

_found: dict[str, Manner] = {}


def manner_of(fingerprint: str) -> Manner:
    """The manner that goes with a fingerprint's name."""
    found = _found.get(fingerprint)
    if found is None:
        try:
            found = manners.get(fingerprint)
        except UnknownName:
            found = manners.get(FALLBACK)
        _found[fingerprint] = found
    return found
