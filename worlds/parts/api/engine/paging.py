"""How lists are cut into pages: which piece a query asks for, and how the next one is named."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from worlds.parts.api.engine.refused import Issue, Refused
from worlds.parts.api.exchange import Request
from worlds.parts.api.inference import Paging
from worlds.parts.api.rules import PagingRules

_SIZE_MAX: Final = 10_000
_USUAL: Final = {"page": ("page", "per_page"), "offset": ("offset", "limit"), "cursor": ("cursor", "limit")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The piece of a list that a query asks for."""

    paging: Paging
    size: int
    skip: int = 0
    after: str | None = None
    """The key (cursors) or the id (after style) behind which it begins."""
    back: bool = False
    """Whether it is read backwards from there."""
    page: int = 1


def paging_of(inferred: Paging, rules: PagingRules) -> Paging:
    """The way of paging, as the rules have it where they say something."""
    style = rules.style
    if style and style != inferred.style and not (style == "page" and inferred.style == "link"):
        position, limit = _USUAL.get(style, ("", ""))
        inferred = Paging(style, inferred.limit or limit, inferred.position or position)
    if rules.links and inferred.style == "page":
        inferred = replace(inferred, style="link")
    return replace(
        inferred,
        limit_default=rules.size or inferred.limit_default,
        limit_max=rules.size_max or inferred.limit_max,
    )


def wanted(paging: Paging, rules: PagingRules, query: Mapping[str, Any]) -> Wanted:
    """The piece that is asked for. Raises Refused for a cursor or number that cannot be."""
    size = _size(paging, rules, query)
    position = query.get(paging.position) if paging.position else None
    if paging.style in ("page", "link"):
        page = _number(paging.position, position, paging.first_page, paging.first_page)
        return Wanted(paging, size, (page - paging.first_page) * size, page=page)
    if paging.style == "offset":
        return Wanted(paging, size, _number(paging.position, position, 0, 0))
    if paging.style == "cursor" and position not in (None, ""):
        return _from_cursor(paging, size, str(position))
    if paging.style == "after":
        before = query.get(paging.before) if paging.before else None
        if before not in (None, ""):
            return Wanted(paging, size, after=str(before), back=True)
        return Wanted(paging, size, after=None if position in (None, "") else str(position))
    return Wanted(paging, size if paging.style != "none" or paging.limit in query else _SIZE_MAX)


def _size(paging: Paging, rules: PagingRules, query: Mapping[str, Any]) -> int:
    if not paging.limit:
        return paging.limit_default
    size = _number(paging.limit, query.get(paging.limit), paging.limit_default, 0)
    if size > paging.limit_max:
        if rules.above_max == "refuse":
            raise _bad(paging.limit, f"{paging.limit} must be at most {paging.limit_max}")
        return paging.limit_max
    return size or paging.limit_default


def _number(name: str, value: Any, usual: int, least: int) -> int:
    if value in (None, ""):
        return usual
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise _bad(name, f"{name} must be an integer") from None
    if not least <= number <= 10**12:
        raise _bad(name, f"{name} must be at least {least}")
    return number


def _bad(name: str, message: str) -> Refused:
    return Refused("invalid", message, issues=(Issue(name, "invalid", message, "query"),))


def cursor_to(key: str | None, skip: int) -> str:
    """An opaque text: behind this key, or after so many."""
    told = json.dumps([key, skip], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(told).decode().rstrip("=")


def _from_cursor(paging: Paging, size: int, text: str) -> Wanted:
    try:
        key, skip = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not (key is None or isinstance(key, str)) or type(skip) is not int or not 0 <= skip <= 10**12:
            raise ValueError(text)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise _bad(paging.position, f"{paging.position} is not a cursor of this list") from None
    return Wanted(paging, size, skip, key)


def query_with(request: Request, **changed: Any) -> str:
    """The request's path and query with some parameters put in the place of what they were."""
    rest = [(name, value) for name, value in request.query if name not in changed]
    more = [(name, str(value)) for name, value in changed.items() if value is not None]
    query = urlencode([*rest, *more])
    return f"{request.base}{request.path}?{query}" if query else f"{request.base}{request.path}"


def link_header(request: Request, want: Wanted, more: bool, total: int | None) -> tuple[tuple[str, str], ...]:
    """The Link header (RFC 8288) of a page."""
    name, first = want.paging.position, want.paging.first_page
    pages: dict[str, int] = {}
    if want.page > first:
        pages |= {"prev": want.page - 1, "first": first}
    if more:
        pages["next"] = want.page + 1
        if total is not None:
            pages["last"] = first + max(-(-total // want.size) - 1, 0)
    order = [rel for rel in ("prev", "next", "last", "first") if rel in pages]
    links = [f'<{query_with(request, **{name: pages[rel]})}>; rel="{rel}"' for rel in order]
    return (("Link", ", ".join(links)),) if links else ()
