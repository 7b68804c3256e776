"""Answers of the gateway's own, in the form that each interface gives its errors."""

import json
from typing import Final

NO_TOKENS: Final = "insufficient_quota"
UNREACHABLE: Final = "upstream_unavailable"
_WORDS: Final = {
    NO_TOKENS: (429, "The token quota of this key is used up."),
    UNREACHABLE: (502, "The server could not be reached. Please try again."),
}
_ANTHROPIC_TYPES: Final = {NO_TOKENS: "rate_limit_error", UNREACHABLE: "api_error"}
_OPENAI_TYPES: Final = {NO_TOKENS: NO_TOKENS, UNREACHABLE: "server_error"}

Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


def refusal(style: str, code: str) -> Answer:
    """Status, headers and body of a refusal in the style of `openai` or `anthropic`."""
    status, words = _WORDS[code]
    if style == "anthropic":
        body = {"type": "error", "error": {"type": _ANTHROPIC_TYPES[code], "message": words}}
        return _answer(status, body, retry=code != NO_TOKENS)
    error = {"message": words, "type": _OPENAI_TYPES[code], "param": None, "code": code}
    return _answer(status, {"error": error}, retry=code != NO_TOKENS)


def nothing_here() -> Answer:
    """What paths get that lead nowhere."""
    return _answer(404, {"error": {"message": "Not Found", "type": "invalid_request_error"}}, retry=False)


def _answer(status: int, body: object, *, retry: bool) -> Answer:
    content = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    return status, headers if retry else [*headers, (b"x-should-retry", b"false")], content
