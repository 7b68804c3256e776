"""New resources: what is given, then parents, defaults, id, times, the first state, and whatever the schema needs."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from worlds.parts.api.document import Schema
from worlds.parts.api.engine.filling import neutral, types_of
from worlds.parts.api.engine.kind import Kind
from worlds.parts.api.engine.naming import identified, numbers_in, stamped
from worlds.parts.api.engine.otherwise import believable
from worlds.parts.api.engine.variants import likeliest_first
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
    common = [name for name in kind.properties if all(name in each.properties for each in kind.variants)]
    return _defaulted(work, record, {name: kind.properties[name] for name in common})


def _defaulted(work: "Work", record: Record, properties: Mapping[str, Schema]) -> Record:
    for name, schema in properties.items():
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
    """The record with values for what its schema requires, and for constants; of several shapes, by the one it has."""
    if not kind.variants:
        return _filled(work, kind, record, kind.properties, kind.required)
    made = []
    for each in likeliest_first(kind.schema, kind.variants, record):
        defaulted = _defaulted(work, record, each.properties)
        made.append(_filled(work, kind, defaulted, each.properties, each.required))
        seen = {name: value for name, value in made[-1].items() if name not in kind.hidden}
        if work.service.checker.fits(each.schema, seen, "answer"):
            return made[-1]
    return made[0]


def _filled(
    work: "Work", kind: Kind, record: Record, properties: Mapping[str, Schema], required: Collection[str]
) -> Record:
    new = dict(record)
    for name, schema in properties.items():
        if name not in new and (name in required or "const" in work.service.document.resolve(schema)):
            new[name] = _value(work, kind, record, name, schema)
    return {**{name: new[name] for name in properties if name in new}, **new}


def _value(work: "Work", kind: Kind, record: Record, name: str, schema: Schema) -> Any:
    """What a field holds of which nobody said anything: a number of its own, the plainest value, or one that fits."""
    document, fits = work.service.document, work.service.checker.fits
    if name == "id" and "integer" in types_of(document.resolve(schema)):
        return int(work.store.drawn_letters(f"{kind.name}.{name}", 9, "123456789"))
    plainest = neutral(document, schema)
    return plainest if fits(schema, plainest, "answer") else believable(work, schema, f"{kind.name}.{name}", record)
