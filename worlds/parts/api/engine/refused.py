"""A request that a service refuses, as data; how it is worded belongs to the service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong with a request."""

    field: str
    """The place in the body or the parameter's name; empty for the request as a whole."""
    code: str
    message: str
    where: str = "body"
    """body, path, query, header or cookie."""


class Refused(Exception):
    """Ends a request. `kind` is a key of `STATUSES`, or "demanded" with a status of its own."""

    def __init__(
        self,
        kind: str,
        message: str = "",
        *,
        issues: tuple[Issue, ...] = (),
        status: int | None = None,
        code: str | None = None,
        type: str | None = None,
        resource: str = "",
        headers: tuple[tuple[str, str], ...] = (),
        notes: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(kind, message)
        self.kind = kind
        self.message = message
        self.issues = issues
        self.status = status
        self.code = code
        self.type = type
        self.resource = resource
        self.headers = headers
        self.notes = notes or {}


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of refusal: statuses it may have, the usual one first, and the words of a service without its own."""

    statuses: tuple[int, ...]
    code: str
    message: str
    type: str = field(default="invalid_request_error")


STATUSES: Final[Mapping[str, Sort]] = {
    "no_route": Sort((404,), "not_found", "Not Found"),
    "method": Sort((405,), "method_not_allowed", "Method Not Allowed"),
    "missing": Sort((404, 410), "not_found", "No such ${resource}: ${value}"),
    "gone": Sort((404, 410), "not_found", "No such ${resource}: ${value}"),
    "dangling": Sort((422, 404, 400, 409), "not_found", "No such ${resource}: ${value}"),
    "invalid": Sort((422, 400), "validation_failed", "Validation Failed", "validation_error"),
    "malformed": Sort((400, 422), "invalid_json", "Problems parsing the request body"),
    "media_type": Sort((415, 400, 422), "unsupported_media_type", "Unsupported Media Type"),
    "duplicate": Sort((409, 422, 400), "already_exists", "${field} is already taken"),
    "in_use": Sort((409, 422, 400), "in_use", "The ${resource} is still in use"),
    "unauthenticated": Sort((401, 403), "unauthorized", "Invalid credentials", "authentication_error"),
    "no_credentials": Sort((401, 403), "unauthorized", "Authentication required", "authentication_error"),
    "expired": Sort((401, 403), "token_expired", "The access token has expired", "authentication_error"),
    "forbidden": Sort((403, 401, 404), "forbidden", "Insufficient permissions", "permission_error"),
    "state": Sort((409, 422, 400), "invalid_state", "The ${resource} cannot do this in its present state"),
    "frozen": Sort((409, 422, 400), "invalid_state", "The ${resource} cannot be changed any more"),
    "demanded": Sort((422, 400, 409), "invalid", "The request cannot be carried out"),
    "limited": Sort((429,), "rate_limit_exceeded", "Too many requests", "rate_limit_error"),
    "repeated": Sort(
        (409, 422, 400),
        "idempotency_key_in_use",
        "This idempotency key was already used with a different request",
        "idempotency_error",
    ),
    "no_repeat_key": Sort((400, 422), "idempotency_key_required", "An idempotency key is required"),
    "precondition": Sort((412, 409), "precondition_failed", "The resource has changed since it was read"),
    "precondition_needed": Sort((428, 412, 400), "precondition_required", "If-Match is required"),
    "broken": Sort((500,), "internal_error", "Internal Server Error", "api_error"),
}
