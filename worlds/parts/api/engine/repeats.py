"""Idempotency: a call that comes again with the same key is answered as it was, and not done again."""

from typing import Any

from worlds.digest import value_hash
from worlds.parts.api.engine.callers import Caller
from worlds.parts.api.engine.refused import Refused
from worlds.parts.api.engine.store import REPEATS
from worlds.parts.api.exchange import ABSENT, Absent, Malformed, Request, Response
from worlds.parts.api.rules import IdempotencyRules
from worlds.parts.api.spans import parse_span
from worlds.records import Records

_KEY_MAX = 255


def repeat_key(rules: IdempotencyRules | None, request: Request, caller: Caller) -> str | None:
    """Where the answer of this request is kept; None where it is not. Raises Refused for a missing or endless key."""
    if rules is None or request.method not in rules.methods:
        return None
    given = request.headers.get(rules.header.lower())
    if not given:
        if rules.required:
            raise Refused("no_repeat_key", f"{rules.header} is required")
        return None
    if len(given) > _KEY_MAX:
        raise Refused("no_repeat_key", f"{rules.header} is longer than {_KEY_MAX} characters")
    return value_hash([caller.address, caller.tenant, given]).hex()[:32]


def kept_answer(rules: IdempotencyRules, request: Request, records: Records, key: str, now_ns: int) -> Response | None:
    """The answer that was given before, while it is kept. Raises Refused where the request is another one."""
    kept = records.get(REPEATS, key)
    if kept is None or kept["until_ns"] <= now_ns:
        return None
    if kept["request"] != _fingerprint(request):
        raise Refused("repeated", status=rules.status)
    headers = tuple((name, value) for name, value in kept["headers"])
    if rules.replayed:
        headers = (*headers, (rules.replayed, "true"))
    body = kept["body"] if kept["has_body"] else ABSENT
    return Response(kept["status"], headers, body, kept["operation"], {"repeated": True})


def keep_answer(
    rules: IdempotencyRules, request: Request, records: Records, key: str, answer: Response, now_ns: int
) -> None:
    """Remember an answer for as long as the service does."""
    kept: dict[str, Any] = {
        "request": _fingerprint(request),
        "until_ns": now_ns + parse_span(rules.keep),
        "status": answer.status,
        "headers": [list(each) for each in answer.headers],
        "has_body": not isinstance(answer.body, Absent),
        "body": None if isinstance(answer.body, Absent) else answer.body,
        "operation": answer.operation,
    }
    records.put(REPEATS, key, kept)


def _fingerprint(request: Request) -> str:
    body = None if isinstance(request.body, Absent | Malformed) else request.body
    return value_hash([request.method, request.path, sorted(request.query), body]).hex()
