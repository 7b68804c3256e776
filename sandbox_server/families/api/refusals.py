"""Failures that no request caused, as a service words them."""

from collections.abc import Mapping
from typing import Final

from fault_injection.scene import Meaning, Said
from worlds.parts.api.engine.definition import Definition
from worlds.parts.api.engine.refused import STATUSES, Refused
from worlds.parts.api.exchange import Response

_KINDS: Final[Mapping[Meaning, tuple[str, int | None, str, str]]] = {
    "error": ("broken", None, "", ""),
    "limited": ("limited", None, "", ""),
    "quota": ("demanded", 429, "quota_exceeded", "The quota for this period is used up"),
    "unavailable": ("demanded", 503, "service_unavailable", "The service is temporarily unavailable"),
    "auth_expired": ("expired", None, "", ""),
    "forbidden": ("forbidden", None, "", ""),
    "not_found": ("no_route", None, "", ""),
    "locked": ("demanded", 423, "resource_locked", "The resource is locked by another request"),
    "deadlock": ("demanded", 409, "lock_timeout", "The request conflicted with another one; try again"),
    "conflict": ("demanded", 409, "conflict", "The resource was changed by another request"),
    "full": ("demanded", 507, "insufficient_storage", "There is no space left"),
    "read_only": ("demanded", 503, "read_only", "The service is in read-only mode"),
    "timeout": ("demanded", 504, "gateway_timeout", "The upstream server did not respond in time"),
}
"""Meaning to the sort of refusal; status, code and words where services have no sort of their own for it."""


def refused_of(meaning: Meaning, said: Said) -> Refused:
    """The refusal; how long to wait stands in its headers, where it is known."""
    kind, status, code, message = _KINDS[meaning]
    waits = () if said.wait_ms is None else (("Retry-After", str(-(-said.wait_ms // 1_000))),)
    return Refused(kind, said.text or message, status=status, code=code or None, headers=waits)


def refusal(definition: Definition, meaning: Meaning, said: Said) -> Response:
    """What the service answers."""
    refused = refused_of(meaning, said)
    sort = STATUSES.get(refused.kind, STATUSES["demanded"])
    status = refused.status or sort.statuses[0]
    error = {"type": sort.type, "code": refused.code or sort.code, "message": refused.message or sort.message}
    return Response(status, refused.headers, {"error": error})
