"""How lists are read in pieces, filtered and sorted, from the query parameters and from what stands around a list."""

from collections.abc import Mapping
from typing import Any, Final, Literal, cast

from worlds.parts.api.document.operation import Operation, Parameter, Schema
from worlds.parts.api.inference.collection import Listing, Paging
from worlds.parts.api.inference.naming import plain
from worlds.parts.api.inference.shapes import Shapes, Wrapped

Style = Literal["none", "page", "offset", "cursor", "after", "link"]

_LIMITS: Final = (
    "limit",
    "per_page",
    "page_size",
    "max_results",
    "results_per_page",
    "page_limit",
    "size",
    "count",
    "top",
)
_AFTER: Final = ("starting_after", "after_id", "since_id")
_BEFORE: Final = ("ending_before", "before_id", "until_id")
_CURSORS: Final = ("cursor", "page_token", "next_token", "continue", "after", "next_cursor", "start_cursor", "marker")
_CURSORS_TOO: Final = ("continuation_token", "pagination_token", "scroll_id", "next_page_token", "page_after")
_PAGES: Final = ("page", "page_number", "page_num", "current_page", "pagenumber")
_OFFSETS: Final = ("offset", "skip", "start", "start_at", "start_index", "from", "page_offset")
_SORTS: Final = ("sort", "sort_by", "order_by", "orderby", "ordering", "sort_key")
_DIRECTIONS: Final = ("direction", "sort_dir", "sort_direction", "sort_order", "order", "order_direction")
_FIELDS: Final = ("fields", "select", "opt_fields", "field_mask", "only")
_SEARCHES: Final = ("q", "query", "search", "keyword", "search_term", "text")
_LIMIT: Final = 20
_LIMIT_MAX: Final = 100


def listing_of(shapes: Shapes, operation: Operation, wrapped: Wrapped, resource: Schema) -> Listing:
    """How an operation lists resources of a schema."""
    queries = {_bare(each.name): each for each in operation.parameters if each.place == "query"}
    around = _around(shapes, operation, wrapped)
    limit = _first(queries, _LIMITS)
    asked = {_bare(limit), "limit", "per_page", "page_size", "max_results"}
    paging = _paging(shapes, queries, limit, operation, around)
    direction = _first(queries, _DIRECTIONS)
    sort = _first(queries, _SORTS)
    if sort and not direction and _is_direction(shapes, queries[_bare(sort)]):
        sort, direction = "", sort
    return Listing(
        paging=paging,
        total=_named(around, _TOTALS, ("integer", "number")) or _lonely_count(around),
        count=_count(around, asked) if _has_total(around) else "",
        more=_named(around, ("has_more", "has_next", "has_next_page", "more", "next_page_exists"), ("boolean",)),
        next=_named(around, _NEXTS, ("string", "integer")),
        next_url=_named(around, _NEXT_URLS, ("string",)),
        previous_url=_named(around, _PREVIOUS_URLS, ("string",)),
        page=_named(
            around, ("page", "current_page", "page_number", "offset", "start_at", "number", "skip"), ("integer",)
        ),
        limit=_named(around, tuple(sorted(asked - {""})), ("integer",)),
        filters=_filters(shapes, queries, resource, {limit, paging.position, paging.before, sort, direction}),
        sort=sort,
        direction=direction,
        fields=_first(queries, _FIELDS),
        search=_first(queries, _SEARCHES),
    )


_TOTALS: Final = (
    "total",
    "total_count",
    "total_items",
    "total_results",
    "total_elements",
    "total_records",
    "total_size",
)
_NEXTS: Final = (
    "next_cursor",
    "next_page_token",
    "continue",
    "next_token",
    "next_page.offset",
    "cursor",
    "next_offset",
)
_NEXT_URLS: Final = (
    "next.href",
    "next",
    "next_url",
    "next_page_uri",
    "next_page_url",
    "next_link",
    "next_page.uri",
    "next_page",
)
_PREVIOUS_URLS: Final = (
    "prev.href",
    "previous.href",
    "previous",
    "prev",
    "previous_url",
    "previous_page_uri",
    "prev_url",
    "prev_link",
)


def _bare(name: str) -> str:
    return plain(name.lstrip("$"))


def _first(queries: Mapping[str, Parameter], names: tuple[str, ...]) -> str:
    return next((queries[name].name for name in names if name in queries), "")


def _paging(
    shapes: Shapes, queries: Mapping[str, Parameter], limit: str, operation: Operation, around: Mapping[str, Schema]
) -> Paging:
    style, position = _style(shapes, queries, around)
    success = operation.success
    if style == "page" and success is not None and any(name.lower() == "link" for name in success[1].headers):
        style = "link"
    schema = shapes.document.resolve(queries[_bare(limit)].schema) if limit else {}
    place = shapes.document.resolve(queries[_bare(position)].schema) if position else {}
    limit_max = _whole(schema.get("maximum"), _LIMIT_MAX)
    return Paging(
        style=cast(Style, style),
        limit=limit,
        position=position,
        before=_first(queries, _BEFORE) if style == "after" else "",
        limit_default=min(_whole(schema.get("default"), _LIMIT), limit_max),
        limit_max=limit_max,
        first_page=0 if 0 in (place.get("default"), place.get("minimum")) and style in ("page", "link") else 1,
    )


def _style(shapes: Shapes, queries: Mapping[str, Parameter], around: Mapping[str, Schema]) -> tuple[str, str]:
    cursors: tuple[tuple[tuple[str, ...], str], ...] = (
        (_AFTER, "after"),
        (_CURSORS, "cursor"),
        (_CURSORS_TOO, "cursor"),
    )
    for names, style in cursors:
        found = _first(queries, names)
        if found:
            return style, found
    numbered: tuple[tuple[tuple[str, ...], str], ...] = ((_PAGES, "page"), (_OFFSETS, "offset"))
    for names, style in numbered:
        found = _first(queries, names)
        if found:
            kinds = shapes.kinds(queries[_bare(found)].schema)
            return (style if not kinds or kinds & {"integer", "number"} or style == "page" else "cursor"), found
    return "none", ""


def _whole(value: Any, otherwise: int) -> int:
    return int(value) if isinstance(value, int | float) and 0 < value < 10**6 else otherwise


def _is_direction(shapes: Shapes, parameter: Parameter) -> bool:
    choices = {str(each).lower() for each in shapes.document.resolve(parameter.schema).get("enum", ())}
    return bool(choices) and choices <= {"asc", "desc", "ascending", "descending"}


def _around(shapes: Shapes, operation: Operation, wrapped: Wrapped) -> dict[str, Schema]:
    """The fields around a list with their paths, three deep."""
    success = operation.success
    schema = success[1].schema if success else None
    if schema is None or not wrapped.place:
        return {}
    found: dict[str, Schema] = {}
    level: list[tuple[str, Schema]] = [("", schema)]
    for _ in range(3):
        below: list[tuple[str, Schema]] = []
        for prefix, each in level:
            for name, inner in shapes.fields(each).items():
                path = prefix + name
                if path == wrapped.place:
                    continue
                found[path] = inner
                if shapes.is_object(inner):
                    below.append((path + ".", inner))
        level = below
    return {path: each for path, each in found.items() if not shapes.is_object(each) and shapes.items(each) is None}


def _named(around: Mapping[str, Schema], names: tuple[str, ...], kinds: tuple[str, ...]) -> str:
    """The path of the first field of some names (or ends of paths) that may have a type."""
    for name in names:
        for path, schema in around.items():
            last = ".".join(plain(each) for each in path.split(".")[-(name.count(".") + 1) :])
            written = schema.get("type")
            types = {written} if isinstance(written, str) else set(written or ())
            if last == name and (not types or types & set(kinds)):
                return path
    return ""


def _has_total(around: Mapping[str, Schema]) -> bool:
    return bool(_named(around, _TOTALS, ("integer", "number")))


def _count(around: Mapping[str, Schema], asked: set[str]) -> str:
    """How many are in the piece; what is called like the limit repeats that."""
    return _named(around, tuple(n for n in ("count", "size", "number_of_elements") if n not in asked), ("integer",))


def _lonely_count(around: Mapping[str, Schema]) -> str:
    return _named(around, ("count",), ("integer",))


def _attributes(shapes: Shapes, resource: Schema) -> Mapping[str, Schema]:
    """What JSON:API says of a resource within it."""
    inner = shapes.fields(resource).get("attributes")
    return shapes.fields(inner) if inner is not None else {}


def _filters(shapes: Shapes, queries: Mapping[str, Parameter], resource: Schema, used: set[str]) -> dict[str, str]:
    """Parameters that name a field of the resource, as they are or as `filter[name]`."""
    fields = {plain(name): (f"attributes.{name}", each) for name, each in _attributes(shapes, resource).items()}
    fields |= {plain(name): (name, each) for name, each in shapes.fields(resource).items()}
    found: dict[str, str] = {}
    for bare, parameter in queries.items():
        name = bare.removeprefix("filter_")
        if parameter.name in used or parameter.style == "deepObject":
            continue
        for candidate in (name, name.removesuffix("_id"), f"{name}_id"):
            field, schema = fields.get(candidate, ("", {}))
            if field and ("string" in shapes.kinds(schema) or not shapes.is_object(schema)):
                found[parameter.name] = field
                break
            inner = {plain(each): each for each in shapes.fields(schema)} if field else {}
            key = next((inner[each] for each in ("id", "gid", "login", "name", "key") if each in inner), None)
            if key:
                found[parameter.name] = f"{field}.{key}"
                break
    return found
