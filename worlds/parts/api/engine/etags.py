"""ETags: a resource's version as a short text, and the requests that depend on it (RFC 9110, section 13)."""

from typing import Any

from worlds.digest import value_hash
from worlds.parts.api.engine.refused import Refused
from worlds.parts.api.exchange import Request


def etag_of(value: Any, *, weak: bool) -> str:
    """The ETag of what an answer shows."""
    return f'{"W/" if weak else ""}"{value_hash(value).hex()[:20]}"'


def need_match(request: Request, value: Any, *, required: bool) -> None:
    """Raise Refused where If-Match names other versions, or is needed and missing."""
    wanted = request.headers.get("if-match")
    if wanted is None:
        if required:
            raise Refused("precondition_needed")
        return
    if not _names(wanted, etag_of(value, weak=False)):
        raise Refused("precondition")


def is_known(request: Request, etag: str) -> bool:
    """Whether the caller says that it has this version already."""
    wanted = request.headers.get("if-none-match")
    return wanted is not None and request.method in ("GET", "HEAD") and _names(wanted, etag)


def forbid_existing(request: Request, *, exists: bool) -> None:
    """Raise Refused where `If-None-Match: *` wants something new and it is there."""
    if exists and request.headers.get("if-none-match", "").strip() == "*":
        raise Refused("precondition")


def _names(wanted: str, etag: str) -> bool:
    bare = etag.removeprefix("W/")
    return wanted.strip() == "*" or any(each.strip().removeprefix("W/") == bare for each in wanted.split(","))
