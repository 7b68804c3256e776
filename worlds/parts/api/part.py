"""The part behind a service: its resources as records, changed by requests."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final, Self
from urllib.parse import parse_qsl

from worlds.blobs import Blobs
from worlds.chance import Chance
from worlds.errors import WorldError
from worlds.part import Moment
from worlds.parts.api.engine.answering import answer
from worlds.parts.api.engine.callers import Caller
from worlds.parts.api.engine.changing import create, transition
from worlds.parts.api.engine.creating import new_resource
from worlds.parts.api.engine.definition import Definition
from worlds.parts.api.engine.filling import types_of
from worlds.parts.api.engine.invariants import broken_at_all
from worlds.parts.api.engine.judging import listed
from worlds.parts.api.engine.kind import Kind
from worlds.parts.api.engine.naming import numbers_in
from worlds.parts.api.engine.refused import STATUSES, Refused
from worlds.parts.api.engine.store import Store
from worlds.parts.api.engine.work import Work
from worlds.parts.api.exchange import ABSENT, Request, Response
from worlds.parts.api.origin import found_again, kept
from worlds.parts.api.places import value_at, with_value
from worlds.records import Record, Records, RecordsPart
from worlds.relation import Column

_TYPES: Final[Mapping[tuple[str, ...], str]] = {
    ("integer",): "BIGINT",
    ("number",): "DOUBLE",
    ("boolean",): "BOOLEAN",
}
Perform = Callable[["ApiPart", Mapping[str, Any], Moment], Any]


class ApiPart(RecordsPart):
    """A service's state. `definition` is shared by all forks."""

    kind: ClassVar[str] = "api"
    more_operations: ClassVar[Sequence[str]] = ("request", "add", "transition")
    __slots__ = ("definition",)

    def __init__(self, definition: Definition, records: Records) -> None:
        super().__init__(records)
        self.definition = definition

    def share(self, other: Self) -> None:
        """Take over the definition."""
        self.definition = other.definition

    def answer(self, request: Request, moment: Moment) -> Response:
        """Answer a request, wholly or not at all. `moment.chance` is that of the call: ids are drawn from it."""
        return answer(self.definition, self.records, request, moment)

    def look(self, target: str, now_ns: int) -> Response:
        """What the service answers when its owner GETs a path, with its query: no key is needed, everybody's resources
        are seen, no bucket is drawn from, and nothing changes. An empty `operation`: it has no such path."""
        path, _, query = target.partition("?")
        request = Request("GET", path, tuple(parse_qsl(query, keep_blank_values=True)))
        moment = Moment(now_ns, "server", Chance(0).derive("look"))
        return answer(self.definition, self.records.fork(), request, moment, Caller("owner"))

    def broken_invariants(self, moment: Moment) -> list[str]:
        """The names of all invariants that do not hold now; costs the collections that they are about."""
        return broken_at_all(self.work(moment))

    def perform(self, operation: str, arguments: Mapping[str, Any], moment: Moment) -> Any:
        """Do a named operation: create, replace, patch and remove a resource (`table`, `key`, `record`) as it is
        given; add one with everything that follows from it (add: `table`, `record`); move one to a state (transition:
        `table`, `key`, `to`; with `from` only where that is its state); or make a request (request: `method`, `path`,
        `query`, `headers`, `body`). Raises WorldError."""
        own = _OPERATIONS.get(operation)
        if own is None:
            return super().perform(operation, arguments, moment)
        wishes = len(moment.later)
        try:
            with self.records.whole_or_nothing():
                return own(self, arguments, moment)
        except Refused as refused:
            del moment.later[wishes:]
            message = refused.message or STATUSES[refused.kind].message
            raise WorldError(f"{operation}: the service refuses: {message}") from None

    def key_in(self, table: str, record: Record) -> str | None:
        """The key that a written resource names by its own id and those above it; None where it has yet to get one."""
        column, kind = self.key_column(table), self.definition.kinds[table]
        if column not in kind.properties and record.get(column) not in (None, ""):
            return str(record[column])
        places = [kind.id_field] if kind.is_global else [key.field for key in kind.collection.keys]
        return kind.key_of(record) if all(value_at(record, place) not in (None, "") for place in places) else None

    def work(self, moment: Moment) -> Work:
        """What is needed to change resources outside of a request."""
        return Work(self.definition, Store(self.definition.kinds, self.records, moment))

    def key_column(self, table: str) -> str:
        """`id`, or `key` where resources have an `id` that is not what they are kept by."""
        kind = self.definition.kinds.get(table)
        return "key" if kind and "id" in kind.properties and not (kind.is_global and kind.id_field == "id") else "id"

    def columns(self, table: str) -> tuple[Column, ...]:
        """The columns of a collection: what its resources have, and what its schema knows."""
        found = {column.name: column for column in super().columns(table)}
        kind = self.definition.kinds.get(table)
        for name, schema in kind.properties.items() if kind else ():
            if name not in found:
                found[name] = Column(
                    name, _TYPES.get(types_of(self.definition.document.resolve(schema))[:1], "VARCHAR")
                )
        key, *rest = found.values()
        return (key, *sorted(rest, key=lambda column: column.name))

    def fixed(self, blobs: Blobs) -> dict[str, Any]:
        """How the service is found again."""
        return {"service": kept(self.definition, blobs)}

    def take_fixed(self, manifest: Mapping[str, Any], blobs: Blobs) -> None:
        """Find the service again. Raises ArchiveError where it is gone or another one."""
        self.definition = found_again(manifest.get("service"), blobs)


def _kind(part: ApiPart, arguments: Mapping[str, Any]) -> Kind:
    kind = part.definition.kinds.get(str(arguments.get("table")))
    if kind is None:
        raise WorldError(f"there is no {arguments.get('table')!r}", hint=f"`table` is one of: {_known(part)}")
    return kind


def _known(part: ApiPart) -> str:
    return ", ".join(part.definition.kinds)


def _create(part: ApiPart, arguments: Mapping[str, Any], moment: Moment) -> str:
    """A resource as it is given, with what the service would add."""
    kind, record = _kind(part, arguments), arguments.get("record")
    if not isinstance(record, Mapping):
        raise WorldError("`record` is a mapping")
    work = part.work(moment)
    named = arguments.get("key")
    given = with_value(record, kind.id_field, named) if named is not None and kind.id_field not in record else record
    new = new_resource(work, kind, given)
    key = str(named) if named is not None else kind.key_of(new)
    if part.records.get(kind.name, key) is not None:
        raise WorldError(f"{kind.name} has {key!r} already", hint="use patch or replace")
    used = numbers_in(kind, new)
    if used:
        work.store.count_past(*used)
    part.records.put(kind.name, key, new)
    return key


def _transition(part: ApiPart, arguments: Mapping[str, Any], moment: Moment) -> Any:
    """Move a resource to a state, as the service itself does, with everything that follows."""
    kind = _kind(part, arguments)
    key, only_from = str(arguments.get("key")), arguments.get("from")
    if only_from is not None:
        record = part.work(moment).store.get(kind.name, key) or {}
        if not kind.states or value_at(record, kind.states.field) not in listed(only_from):
            return None
    more = {name: value for name, value in arguments.items() if name not in ("table", "key", "to", "from")}
    return transition(part.work(moment), kind, key, str(arguments.get("to")), more)


def _add(part: ApiPart, arguments: Mapping[str, Any], moment: Moment) -> str:
    """A resource that comes to be with everything that follows from it, which requests cannot do."""
    kind, record = _kind(part, arguments), arguments.get("record")
    if not isinstance(record, Mapping):
        raise WorldError("`record` is a mapping")
    return kind.key_of(create(part.work(moment), kind, record, {}))


def _request(part: ApiPart, arguments: Mapping[str, Any], moment: Moment) -> Any:
    """Make a request, as somebody who is not the agent does."""
    query = arguments.get("query", {})
    headers = {str(name).lower(): str(value) for name, value in dict(arguments.get("headers", {})).items()}
    request = Request(
        str(arguments.get("method", "GET")).upper(),
        str(arguments.get("path", "/")),
        tuple((str(name), str(value)) for name, value in dict(query).items()),
        headers,
        arguments.get("body", ABSENT),
    )
    response = part.answer(request, moment)
    if not response.ok:
        raise WorldError(f"{request.method} {request.path}: the service answers {response.status}")
    return response.body if response.body is not ABSENT else None


_OPERATIONS: Final[Mapping[str, Perform]] = {
    "create": _create,
    "add": _add,
    "transition": _transition,
    "request": _request,
}
