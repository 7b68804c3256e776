"""Failures that no request caused, as a service words them."""

from collections.abc import Iterator, Mapping
from typing import Final

from fault_injection.scene import Meaning, Said
from worlds.digest import content_hash
from worlds.parts.api.document import Operation
from worlds.parts.api.engine.definition import Definition
from worlds.parts.api.engine.refused import STATUSES, Refused
from worlds.parts.api.engine.wording import error_body, status_of, told
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


def refusal(definition: Definition, operation: Operation | None, meaning: Meaning, said: Said, name: str) -> Response:
    """What the service answers, with an id made of `name` where its answers have one."""
    kind, status, code, message = _KINDS[meaning]
    limits = definition.rules.limits
    if kind == "limited" and limits is not None:
        status = limits.status
    if kind != "demanded" and status is None:
        status = definition.rules.errors.statuses.get(kind, STATUSES[kind].statuses[0])
    refused = Refused(kind, said.text or message, status=status, code=code or None)
    number = f"req_{content_hash(name.encode()).hex()[:16]}"
    told_status = status_of(definition, operation, refused)
    body = error_body(definition, operation, told(definition, refused, told_status, number))
    headers = [*_waits(definition, kind, said), *_common(definition, number)]
    media_type = definition.rules.errors.media_type
    if media_type != "application/json":
        headers.insert(0, ("Content-Type", media_type))
    return Response(told_status, tuple(headers), body, operation.id if operation else "")


def _common(definition: Definition, number: str) -> Iterator[tuple[str, str]]:
    if definition.rules.request_id:
        yield definition.rules.request_id, number
    yield from definition.rules.headers.items()


def _waits(definition: Definition, kind: str, said: Said) -> Iterator[tuple[str, str]]:
    """How long to wait, and what is left of the allowance."""
    limits = definition.rules.limits if kind == "limited" else None
    wait_ms = said.wait_ms
    if limits is not None:
        then_s = -(-(said.now_ns + (wait_ms or 0) * 1_000_000) // 1_000_000_000)
        reset = then_s if limits.reset == "epoch" else -(-(wait_ms or 0) // 1_000)
        values = {"limit": said.allowance or limits.calls, "remaining": 0, "reset": reset}
        for what, header in limits.headers.items():
            yield header, str(values[what])
    if wait_ms is not None:
        yield "Retry-After", str(-(-wait_ms // 1_000))
