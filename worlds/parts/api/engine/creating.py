"""New resources: what is given, then parents, defaults, id, times, the first state, and whatever the schema needs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from worlds.parts.api.engine.filling import neutral
from worlds.parts.api.engine.kind import Kind
from worlds.parts.api.engine.naming import identified, numbers_in, stamped
from worlds.parts.api.expressions.written import reckon
from worlds.parts.api.places import has, value_at, with_value
from worlds.records import Record

if TYPE_CHECKING:
    from worlds.parts.api.engine.work import Work


def new_resource(work: "Work", kind: Kind, given: Mapping[str, Any], fixed: Mapping[str, Any] | None = None) -> Record:
    """A resource that is not put down yet. `fixed` are values at places that nobody chooses, such as the parent."""
    record: Record = dict(given)
    for place, value in (fixed or {}).items():
        record = with_value(record, place, value)
    record = _with_defaults(work, kind, record)
    record = _in_first_state(kind, record)
    missing = tuple(stamp for stamp in kind.stamps if stamp.on in ("create", "update") and not has(record, stamp.field))
    record = stamped(kind, record, work.now_ns, ("create", "update")) if missing else record
    record = identified(kind, record, work.store) if not _has_id(kind, record) else _counted(work, kind, record)
    return completed(work, kind, record)


def _has_id(kind: Kind, record: Record) -> bool:
    return bool(kind.id_field) and value_at(record, kind.id_field) not in (None, "")


def _counted(work: "Work", kind: Kind, record: Record) -> Record:
    """A record that brings its number along; the counter goes on above it."""
    used = numbers_in(kind, record)
    if used:
        work.store.count_past(*used)
    return record


def _with_defaults(work: "Work", kind: Kind, record: Record) -> Record:
    scope = work.scope(kind, record)
    for place, value in kind.rules.defaults.items():
        if not has(record, place):
            record = with_value(record, place, reckon(value, scope))
    return with_document_defaults(work, kind, record)


def with_document_defaults(work: "Work", kind: Kind, record: Record) -> Record:
    """The record with what the document says that fields are where nobody says otherwise."""
    for name, schema in kind.properties.items():
        if name not in record and "default" in work.service.document.resolve(schema):
            record = with_value(record, name, work.service.document.resolve(schema)["default"])
    return record


def _in_first_state(kind: Kind, record: Record) -> Record:
    states = kind.states
    if states is None or value_at(record, states.field) is not None:
        return record
    first = states.first or next(iter(states.moves), None)
    return with_value(record, states.field, first) if first else record


def completed(work: "Work", kind: Kind, record: Record) -> Record:
    """The record with neutral values for what its schema requires, and for constants."""
    document = work.service.document
    new = dict(record)
    for name, schema in kind.properties.items():
        resolved = document.resolve(schema)
        if name not in new and (name in kind.required or "const" in resolved):
            new[name] = neutral(document, schema)
    return {**{name: new[name] for name in kind.properties if name in new}, **new}
