"""Lists: filtered, sorted, cut into pages, reduced to fields, and put into the service's own envelope.

A list without filters, or with one on an indexed field, costs its page (and what is skipped by number).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from worlds.parts.api.document import Schema
from worlds.parts.api.engine.filling import is_nullable, neutral, properties_of
from worlds.parts.api.engine.filtering import Filter, exact_value, filters_of, searched
from worlds.parts.api.engine.judging import is_visible
from worlds.parts.api.engine.kind import DELETED, Kind
from worlds.parts.api.engine.paging import Wanted, cursor_to, link_header, paging_of, query_with, wanted
from worlds.parts.api.engine.refused import Issue, Refused
from worlds.parts.api.engine.sorting import Order, order_of
from worlds.parts.api.engine.turn import Outcome, Turn, around, schema_of, shown, success_status
from worlds.parts.api.inference import Listing, Role
from worlds.parts.api.places import has, value_at, with_value
from worlds.records import Record

_FOUND_MAX: Final = 5_000
"""How many resources are put in order for one list; more are gone through as they lie."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a list."""

    records: list[Record]
    keys: list[str]
    more: bool
    total: int | None
    counted: bool = False
    """Whether the next one begins after so many, not behind a key, because the list is sorted."""


def answer_list(turn: Turn, kind: Kind, role: Role) -> Outcome:
    """The piece of a collection that a request asks for."""
    turn.parents(kind, role)
    listing = role.listing or Listing()
    rules = turn.work.service.rules.paging
    want = wanted(paging_of(listing.paging, rules), rules, turn.query)
    order = order_of(kind, listing, turn.query)
    piece = _piece(turn, kind, role, listing, want, order)
    items = [_selected(shown(kind, each), turn.query.get(listing.fields)) for each in piece.records]
    status = success_status(turn.operation, "list")
    body = _enveloped(turn, kind, role, listing, want, piece, items, schema_of(turn.document, turn.operation, status))
    headers = link_header(turn.request, want, piece.more, piece.total) if want.paging.style == "link" else ()
    if rules.total and piece.total is not None:
        headers = (*headers, (rules.total, str(piece.total)))
    return Outcome(status, body, headers)


def _piece(turn: Turn, kind: Kind, role: Role, listing: Listing, want: Wanted, order: Order | None) -> Piece:
    conditions = list(_conditions(turn, kind, role, listing))
    search = turn.query.get(listing.search) if listing.search else None
    newest = _is_newest_first(turn, kind, want) != want.back
    needs_total = bool(listing.total or turn.work.service.rules.paging.total or want.paging.style == "link")
    after = _after(turn, kind, want)
    keys = _kept(turn, kind, conditions, search, newest, None if order else after)
    if order is not None:
        return _sorted(turn, kind, keys, want, order, after)
    found = list(islice(keys, want.skip, want.skip + want.size + 1))
    more = len(found) > want.size
    found = found[: want.size]
    total = _total(turn, kind, conditions, search) if needs_total else None
    if want.back:
        found.reverse()
    return Piece([_record(turn, kind, key) for key in found], found, more, total)


def keys_meant(turn: Turn, kind: Kind, role: Role, listing: Listing) -> Iterator[str]:
    """The keys of all resources that a query is about."""
    search = turn.query.get(listing.search) if listing.search else None
    return _kept(turn, kind, list(_conditions(turn, kind, role, listing)), search, False, None)


def _sorted(turn: Turn, kind: Kind, keys: Iterator[str], want: Wanted, order: Order, after: str | None) -> Piece:
    every = order.sorted((key, _record(turn, kind, key)) for key in keys)
    names = [key for key, _ in every]
    start = names.index(after) + 1 if after in names else want.skip
    if want.back and after in names:
        start = max(names.index(after) - want.size, 0)
        every = every[: names.index(after)]
    page = every[start : start + want.size]
    more = start > 0 if want.back else len(every) > start + want.size
    return Piece([record for _, record in page], [key for key, _ in page], more, len(every), True)


def _record(turn: Turn, kind: Kind, key: str) -> Record:
    return turn.work.store.records.get(kind.name, key) or {}


def _is_newest_first(turn: Turn, kind: Kind, want: Wanted) -> bool:
    own, declared = kind.rules.newest_first, turn.work.service.rules.paging.newest_first
    declared = declared if own is None else own
    return want.paging.style == "after" if declared is None else declared


def _after(turn: Turn, kind: Kind, want: Wanted) -> str | None:
    """The key behind which the piece begins. Raises Refused for one that never was."""
    if want.after is None:
        return None
    store = turn.work.store
    key = want.after if store.records.known(kind.name, want.after) else store.find(kind.name, kind.id_field, want.after)
    if key is None:
        name = want.paging.before if want.back else want.paging.position
        message = f"No such {kind.title}: {want.after}"
        raise Refused("invalid", message, issues=(Issue(name, "invalid", message, "query"),), resource=kind.title)
    return key


def _conditions(turn: Turn, kind: Kind, role: Role, listing: Listing) -> Iterator[Filter]:
    for key in role.keys:
        if key.given and key.parameter not in turn.path:
            continue
        value = turn.path.get(key.parameter, "")
        yield Filter(key.field, "mine" if key.hidden and not key.collection else "eq", str(value), value)
    if kind.tenant and turn.work.caller.tenant is not None:
        yield Filter(kind.tenant, "eq", turn.work.caller.tenant)
    paging = listing.paging
    meant = {
        paging.limit,
        paging.position,
        paging.before,
        listing.sort,
        listing.direction,
        listing.fields,
        listing.search,
    }
    yield from filters_of(
        turn.document, kind, listing, {name: each for name, each in turn.query.items() if name not in meant}
    )


def _kept(
    turn: Turn, kind: Kind, conditions: list[Filter], search: Any, newest: bool, after: str | None
) -> Iterator[str]:
    """Keys of the resources that meet all conditions, in the order of creation or the other way round."""
    records = turn.work.store.records
    fits_words = searched(kind, str(search)) if search else None
    for key in _candidates(turn, kind, conditions, newest, after):
        record = records.get(kind.name, key)
        if record is None or record.get(DELETED) or not is_visible(turn.work, kind, record):
            continue
        if all(each.fits(record) for each in conditions) and (fits_words is None or fits_words(record)):
            yield key


def _candidates(turn: Turn, kind: Kind, conditions: list[Filter], newest: bool, after: str | None) -> Iterator[str]:
    """Keys among which all that is asked for are found: by an index where there is one."""
    records = turn.work.store.records
    for each in conditions:
        exact, value = exact_value(kind, turn.document, each)
        if exact and (records.count_found(kind.name, each.field, value) or 0) > _FOUND_MAX:
            continue  # so many have it that going through all of them reaches the end of a page sooner
        if exact and each.field in kind.indexes:
            found = records.find(kind.name, each.field, value, newest_first=newest)
            if after is None:
                return iter(found)
            if after in found:
                return iter(found[found.index(after) + 1 :])
    return records.keys(kind.name, newest_first=newest, beyond=after)


def _total(turn: Turn, kind: Kind, conditions: list[Filter], search: Any) -> int:
    if conditions or search or kind.delete.soft:
        return sum(1 for _ in _kept(turn, kind, conditions, search, False, None))
    return turn.work.store.records.count(kind.name)


def _selected(item: Mapping[str, Any], fields: Any) -> Any:
    """Only the fields that are asked for, dotted ones inside of others."""
    if not fields:
        return item
    names = fields if isinstance(fields, list | tuple) else str(fields).split(",")
    found: Any = {}
    for name in (each.strip() for each in names):
        if has(item, name):
            found = with_value(found, name, value_at(item, name))
    return found


def _enveloped(
    turn: Turn, kind: Kind, role: Role, listing: Listing, want: Wanted, piece: Piece, items: list[Any],
    schema: Schema | None,
) -> Any:  # fmt: skip
    if not role.answer:
        return items
    body: Any = with_value({}, role.answer, items)
    following = _next(want, piece)
    url = query_with(turn.request, **{want.paging.position: following}) if following is not None else None
    told = {
        listing.total: piece.total, listing.count: len(items), listing.more: piece.more, listing.limit: want.size,
        listing.page: want.skip if want.paging.style == "offset" else want.page,
    }  # fmt: skip
    for place, figure in told.items():
        body = with_value(body, place, figure) if place and figure is not None else body
    for place, value in (
        (listing.next, following),
        (listing.next_url, url),
        (listing.previous_url, _previous(turn, want)),
    ):
        body = _linked(turn, schema or {}, body, place, value) if place else body
    body = around(turn.document, schema or {}, body)
    return {**body, "url": turn.request.path} if body.get("url") == "" else body


def _next(want: Wanted, piece: Piece) -> Any:
    """What names the next piece: a page, an offset, a cursor or an id; None at the end."""
    if not piece.more:
        return None
    if want.paging.style in ("page", "link"):
        return want.page + 1
    if want.paging.style == "offset":
        return want.skip + want.size
    if want.paging.style == "after":
        return piece.keys[-1] if piece.keys else None
    if want.paging.style == "cursor":
        return cursor_to(None, want.skip + want.size) if piece.counted else cursor_to(piece.keys[-1], 0)
    return None


def _previous(turn: Turn, want: Wanted) -> str | None:
    if want.paging.style in ("page", "link") and want.page > want.paging.first_page:
        return query_with(turn.request, **{want.paging.position: want.page - 1})
    if want.paging.style == "offset" and want.skip:
        return query_with(turn.request, **{want.paging.position: max(want.skip - want.size, 0)})
    return None


def _linked(turn: Turn, schema: Schema, body: Any, place: str, value: Any) -> Any:
    """The body with a reference to another piece, or with what its schema allows where there is none."""
    if value is not None:
        holder = _schema_at(turn, schema, place)
        types = holder.get("type")
        return with_value(body, place, str(value) if types == "string" or types == ["string", "null"] else value)
    holder = _schema_at(turn, schema, place)
    if is_nullable(turn.document, holder):
        return with_value(body, place, None)
    above, _, name = place.rpartition(".")
    _, required = properties_of(turn.document, _schema_at(turn, schema, above) if above else schema)
    return with_value(body, place, neutral(turn.document, holder)) if name in required else body


def _schema_at(turn: Turn, schema: Schema, place: str) -> Schema:
    for name in place.split(".") if place else ():
        properties, _ = properties_of(turn.document, schema)
        schema = turn.document.resolve(properties.get(name, {}))
    return schema
