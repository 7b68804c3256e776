"""What single fields of a resource mean: stamps, states, what callers cannot set, what is never answered."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from worlds.parts.api.document.operation import Schema
from worlds.parts.api.inference.collection import Stamp
from worlds.parts.api.inference.naming import plain
from worlds.parts.api.inference.shapes import Shapes

Occasion = Literal["create", "update", "delete", "other"]
Form = Literal["date-time", "date", "seconds", "milliseconds", "rfc-2822"]

_CREATED: Final = re.compile(
    r"^(created|creation|inserted|date_created|time_created|create_time|create_date|creation_(time|date|timestamp)"
    r"|(created|inserted|added|submitted|opened|placed)_(at|on|time|date|timestamp|datetime|utc))$"
)
_UPDATED: Final = re.compile(
    r"^(updated|modified|date_updated|date_modified|time_updated|update_time|last_(updated|modified|update)(_at|_time|_date|_on)?"
    r"|(updated|modified|changed|edited)_(at|on|time|date|timestamp|datetime|utc))$"
)
_DELETED: Final = re.compile(r"^(deleted|removed|archived)_(at|on|time|date|timestamp)$|^deletion_timestamp$")
_TIMED: Final = re.compile(
    r"(_at|_on|_time|_date|_timestamp|_datetime|_until|_since)$|^(date|time|timestamp|ts|due|start|end)$"
)
_SAID: Final = re.compile(r"\b(must be|is|globally|has to be) unique\b|^unique\b", re.IGNORECASE)
_STATES: Final = ("status", "state", "phase", "stage")
_UNIQUE: Final = ("email", "username", "login", "handle", "slug", "sku", "isbn", "iban")
_FIXED: Final = ("url", "href", "self", "html_url", "uri", "links", "_links", "etag", "node_id")


def stamps_of(shapes: Shapes, schema: Schema) -> tuple[Stamp, ...]:
    """The fields that say when something happened, by name, type and format."""
    found: list[Stamp] = []
    for path, leaf in shapes.leaves(schema):
        if "[]" in path:
            continue
        form = form_of(shapes, leaf, plain(path.rpartition(".")[2]))
        if form is not None and (path.count(".") == 0 or path.startswith(("metadata.", "attributes.", "meta."))):
            found.append(Stamp(path, _occasion(path, leaf), form))
    return tuple(found)


def _occasion(path: str, schema: Schema) -> Occasion:
    name = plain(path.rpartition(".")[2])
    if _CREATED.match(name):
        return "create"
    if _UPDATED.match(name):
        return "update"
    return "delete" if _DELETED.match(name) and not schema.get("required") else "other"


def form_of(shapes: Shapes, schema: Schema, name: str) -> Form | None:
    """How a field writes a time; None for what is no time."""
    resolved = shapes.document.resolve(schema)
    for part in (resolved, *resolved.get("anyOf", ()), *resolved.get("oneOf", ())):
        written = shapes.document.resolve(part).get("format")
        if written in ("date-time", "date"):
            return "date" if written == "date" else "date-time"
        if written in ("date-time-rfc-2822", "rfc2822"):
            return "rfc-2822"
        if written in ("unix-time", "unixtime", "timestamp", "epoch"):
            return "seconds"
    kinds = shapes.kinds(schema) - {"null"}
    named = _CREATED.match(name) or _UPDATED.match(name) or _DELETED.match(name) or _TIMED.search(name)
    if not named or not kinds or resolved.get("enum") or resolved.get("pattern"):
        return None
    if kinds <= {"integer", "number"}:
        return _number_form(resolved, name)
    if kinds != {"string"} or resolved.get("format") or not (_CREATED.match(name) or _UPDATED.match(name)):
        return None
    return "date" if name.endswith("_date") or name.startswith("date_") else "date-time"


def _number_form(schema: Mapping[str, Any], name: str) -> Form | None:
    shown = next((each for each in schema.get("examples", ()) if isinstance(each, int | float)), None)
    said = str(schema.get("description", "")).lower()
    if shown is not None and shown < 10**8:
        return None
    if (shown is not None and shown > 10**11) or "millisecond" in said:
        return "milliseconds"
    told = shown is not None or "epoch" in said or "unix" in said or "timestamp" in said
    return "seconds" if told or _CREATED.match(name) or _UPDATED.match(name) or name.endswith("_at") else None


def state_of(shapes: Shapes, schema: Schema) -> str:
    """The field that tells the state of a resource; empty where there is none."""
    fields = {plain(name): name for name in shapes.fields(schema)}
    for name in _STATES:
        if name in fields:
            leaf = shapes.document.resolve(shapes.fields(schema)[fields[name]])
            if "string" in shapes.kinds(leaf) or leaf.get("enum"):
                return fields[name]
    return ""


def marked(shapes: Shapes, schema: Schema, keyword: str) -> list[str]:
    """The fields that a schema marks as `readOnly` or `writeOnly`."""
    return [
        path
        for path, leaf in shapes.leaves(schema)
        if not path.endswith("[]") and (leaf.get(keyword) is True or shapes.document.resolve(leaf).get(keyword) is True)
    ]


def read_only_of(
    shapes: Shapes, schema: Schema, bodies: Sequence[Schema], id_field: str, chosen: bool, stamps: Sequence[Stamp]
) -> tuple[str, ...]:
    """The fields that callers cannot set: marked, kept by the service, or in no body that is accepted.

    `chosen` says whether who creates the resource chooses its id.
    """
    found = dict.fromkeys(marked(shapes, schema, "readOnly"))
    if id_field and not chosen:
        found[id_field] = None
    found.update(dict.fromkeys(stamp.field for stamp in stamps if stamp.on in ("create", "update")))
    accepted = {name for body in bodies for name in shapes.fields(body)}
    for name, leaf in shapes.fields(schema).items():
        resolved = shapes.document.resolve(leaf)
        fixed = (
            plain(name) in _FIXED or "const" in resolved or (name == "object" and len(resolved.get("enum", ())) == 1)
        )
        if (accepted and name not in accepted) or (fixed and name not in accepted):
            found[name] = None
    return tuple(found)


def write_only_of(shapes: Shapes, schema: Schema, bodies: Sequence[Schema]) -> tuple[str, ...]:
    """The fields that are accepted and never answered: marked, or in a body and not in the resource's schema."""
    found = dict.fromkeys(path for body in (schema, *bodies) for path in marked(shapes, body, "writeOnly"))
    shown = shapes.fields(schema)
    for body in bodies if shown and not shapes.core(schema).get("additionalProperties") else ():
        found.update(dict.fromkeys(name for name in shapes.fields(body) if name not in shown))
    return tuple(found)


def unique_of(shapes: Shapes, schema: Schema, id_field: str, told: bool) -> tuple[str, ...]:
    """The fields whose values are unique: those that say so, and usual ones where a conflict is declared (`told`)."""
    found: list[str] = []
    for name, leaf in shapes.fields(schema).items():
        resolved = shapes.document.resolve(leaf)
        said = _SAID.search(str(resolved.get("description", "")))
        usual = told and plain(name) in _UNIQUE
        kinds = shapes.kinds(leaf) - {"null"}
        if name != id_field and (said or usual) and kinds and kinds <= {"string", "integer"}:
            found.append(name)
    return tuple(found)
