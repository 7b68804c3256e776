"""One request on its way through an operation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from worlds.parts.api.document import Document, Operation, Schema
from worlds.parts.api.engine.filling import is_nullable, neutral, properties_of
from worlds.parts.api.engine.judging import is_visible
from worlds.parts.api.engine.kind import DELETED, Kind
from worlds.parts.api.engine.refused import Issue, Refused
from worlds.parts.api.engine.work import Work
from worlds.parts.api.exchange import ABSENT, Absent, Request
from worlds.parts.api.inference import Role
from worlds.parts.api.places import value_at, with_value, without
from worlds.records import Record


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an operation comes to, before it is dressed as a response."""

    status: int
    body: Any = ABSENT
    headers: tuple[tuple[str, str], ...] = ()
    record: Record | None = None
    """The resource that the answer shows, for its ETag."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A request whose operation, caller and values are known."""

    work: Work
    request: Request
    operation: Operation
    path: Mapping[str, Any]
    """Path parameters, typed; and what names resources in the query or the body."""
    query: Mapping[str, Any]
    """Query parameters that the document declares, typed, with their defaults."""
    body: Any = ABSENT

    @property
    def document(self) -> Document:
        """The service's document."""
        return self.work.service.document

    def fixed(self, kind: Kind, role: Role) -> dict[str, Any]:
        """Values of fields that the path and the caller decide."""
        found = {key.field: self.path[key.parameter] for key in role.keys if key.parameter in self.path}
        tenant = self.work.caller.tenant
        if kind.tenant and tenant is not None:
            found[kind.tenant] = tenant
        return found

    def item(self, kind: Kind, role: Role) -> tuple[str, Record]:
        """The resource that the path names. Raises Refused where there is none that the caller may see."""
        self.parents(kind, role)
        lacking = next((key.parameter for key in role.keys if key.given and key.parameter not in self.path), None)
        if lacking is not None and lacking == kind.collection.keys[-1].parameter:
            message = f"{lacking} is required"
            raise Refused("invalid", message, issues=(Issue(lacking, "missing_field", message),), resource=kind.title)
        wanted = {key.field: self.path[key.parameter] for key in role.keys if key.parameter in self.path}
        key = self._key(kind, role, wanted)
        record = self.work.store.records.get(kind.name, key) if key is not None else None
        shown = record is not None and is_visible(self.work, kind, record) and _fits(kind, record, wanted)
        deleted = record is not None and record.get(DELETED) and not (kind.delete.visible and role.does == "read")
        if record is None or key is None or not shown or deleted:
            value = next(reversed(wanted.values()), "")
            raise Refused("missing", f"No such {kind.title}: {value}", resource=kind.title)
        return key, record

    def _key(self, kind: Kind, role: Role, wanted: Mapping[str, Any]) -> str | None:
        if kind.collection.single or set(wanted) >= {key.field for key in kind.collection.keys}:
            made: Any = {}
            for place, value in wanted.items():
                made = with_value(made, place, value)
            key = kind.key_of(made)
            return key if self.work.store.records.get(kind.name, key) is not None else self._nobodys(kind, made)
        if kind.is_global and kind.id_field in wanted:
            return str(wanted[kind.id_field])
        return next(self.work.store.keys_where(kind.name, wanted), None)

    def _nobodys(self, kind: Kind, made: Any) -> str:
        """The key of a resource that belongs to nobody, where the path names an owner of whom nothing is known."""
        for key in kind.collection.keys:
            if key.hidden and not key.collection:
                made = without(made, key.field)
        return kind.key_of(made)

    def parents(self, kind: Kind, role: Role) -> None:
        """Every resource that the path names on the way is there. Raises Refused."""
        for number, key in enumerate(role.keys):
            parent = self.work.service.kinds.get(key.collection)
            if key.given and key.parameter not in self.path:
                continue
            if parent is None or (role.on == "item" and number == len(role.keys) - 1 and key.collection == kind.name):
                continue
            values = [self.path.get(each.parameter) for each in role.keys[: number + 1]]
            if not self._has(parent, values):
                raise Refused("missing", f"No such {parent.title}: {values[-1]}", resource=parent.title)

    def _has(self, parent: Kind, values: list[Any]) -> bool:
        fields = [key.field for key in parent.collection.keys]
        if parent.is_global or len(fields) > len(values):
            key = self.work.store.named(parent.name, parent.id_field, values[-1])
        else:
            wanted: Any = {}
            for place, value in zip(fields, values[-len(fields) :], strict=True):
                wanted = with_value(wanted, place, value)
            key = parent.key_of(wanted)
        record = self.work.store.get(parent.name, key) if key is not None else None
        return record is not None and is_visible(self.work, parent, record)


def _fits(kind: Kind, record: Record, wanted: Mapping[str, Any]) -> bool:
    free = {key.field for key in kind.collection.keys if key.hidden and not key.collection}
    found = {place: value_at(record, place) for place in wanted}
    return all(
        str(found[place]) == str(value) or (found[place] is None and place in free) for place, value in wanted.items()
    )


def shown(kind: Kind, record: Record) -> dict[str, Any]:
    """A resource as answers show it."""
    found: Any = record
    for place in kind.hidden:
        found = without(found, place) if "." in place else found
    return {name: value for name, value in found.items() if name not in kind.hidden}


def success_status(operation: Operation, does: str) -> int:
    """The status of success: the documented one that fits best what was done."""
    documented = [int(each) for each in operation.responses if each.isdecimal() and each.startswith("2")]
    best = {"create": 201, "delete": 204}.get(does, 200)
    if best in documented:
        return best
    if documented:
        return documented[0]
    return best if does == "create" and "2XX" in operation.responses else 200


def schema_of(document: Document, operation: Operation, status: int) -> Schema | None:
    """The schema of a status's body; None where the document gives it no body."""
    for name in (str(status), f"{status // 100}XX", "default"):
        answered = operation.responses.get(name)
        if answered is not None:
            return None if answered.schema is None else document.resolve(answered.schema)
    return {}


def enveloped(
    document: Document, schema: Schema, place: str, value: Any, beside: Mapping[str, Any] | None = None
) -> Any:
    """A value at its place in the body, with what the body's schema requires around it; known values stand beside it
    where it asks for such."""
    if not place:
        return value
    asked = properties_of(document, schema)[0] if beside else {}
    known = {name: each for name, each in (beside or {}).items() if name in asked}
    return around(document, schema, with_value(known, place, value))


def around(document: Document, schema: Schema, body: Any) -> Any:
    """A body with neutral values for what its schema requires and what is constant, on the way to what is there."""
    if not isinstance(body, Mapping):
        return body
    properties, required = properties_of(document, schema)
    found: dict[str, Any] = {}
    for name, each in properties.items():
        resolved = document.resolve(each)
        if name in body:
            found[name] = body[name] if isinstance(body[name], list) else around(document, resolved, body[name])
        elif name in required or "const" in resolved:
            found[name] = is_good(name, resolved) or neutral(document, each)
    return {**found, **{name: value for name, value in body.items() if name not in found}}


GOOD: Final = frozenset({"ok", "success", "acknowledged"})


def is_good(name: str, schema: Schema) -> bool:
    """Whether a field says that something worked: `ok: true`."""
    return name in GOOD and schema.get("type") == "boolean" and True in schema.get("enum", (True,))


def likeness(document: Document, schema: Schema, known: Mapping[str, Any]) -> Any:
    """A body of another shape, with what is known by name."""
    if schema.get("type") == "array":
        return []
    properties, required = properties_of(document, schema)
    if not properties:
        return dict(known) if schema == {} else neutral(document, schema)
    found = {name: value for name, value in known.items() if name in properties}
    for name, each in properties.items():
        resolved = document.resolve(each)
        if name not in found and (is_good(name, resolved) or (name == "deleted" and resolved.get("type") == "boolean")):
            found[name] = True
        elif name not in found and name in required and not is_nullable(document, each):
            found[name] = neutral(document, each)
        elif name not in found and name in required:
            found[name] = None
    return {name: found[name] for name in properties if name in found}


def is_absent(value: Any) -> bool:
    """Whether there is no body."""
    return isinstance(value, Absent)
