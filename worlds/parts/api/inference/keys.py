"""Which fields of a resource the parameters of its paths mean."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from worlds.parts.api.document.operation import Operation, Schema
from worlds.parts.api.inference.collection import Key
from worlds.parts.api.inference.naming import plain, singular, words_of
from worlds.parts.api.inference.shapes import Shapes

_IDS: Final = (
    "id",
    "gid",
    "sid",
    "uid",
    "uuid",
    "guid",
    "_id",
    "key",
    "number",
    "slug",
    "name",
    "login",
    "username",
    "code",
)
_TEXTS: Final = ("slug", "login", "key", "name", "username", "code", "email")
_TAILS: Final = ("id", "gid", "sid", "uid", "uuid", "key", "name", "number", "slug", "code", "identifier", "login")


@dataclass(frozen=True, slots=True)
class Own:
    """The field that a resource's own parameter names, and whether the schema shows it."""

    field: str
    hidden: bool = False


def own_field(shapes: Shapes, schema: Schema, parameter: str, kind: str, title: str) -> Own:
    """The field of a resource that identifies it, for the last parameter of its path (of a JSON type)."""
    fields = shapes.fields(schema)
    if not schema:
        return Own("id" if plain(parameter).endswith("id") else plain(parameter))
    by_plain = {plain(name): name for name in reversed(list(fields))}
    wanted = plain(parameter)
    if wanted in by_plain and _is_scalar(shapes, fields[by_plain[wanted]]):
        return Own(by_plain[wanted])
    tail = words_of(parameter)[-1:]
    if tail and tail[0] in _TAILS and tail[0] in by_plain and _fits(shapes, fields[by_plain[tail[0]]], kind):
        return Own(by_plain[tail[0]])
    for candidates in (("id",), _TEXTS if kind == "string" else (), _IDS):
        for name in candidates:
            if name in by_plain and _fits(shapes, fields[by_plain[name]], kind):
                return Own(by_plain[name])
    nested = _in_metadata(shapes, fields, wanted)
    if nested:
        return Own(nested)
    # documents are often careless about the type of a path's parameter
    loose = next((by_plain[n] for n in _IDS if n in by_plain and _is_scalar(shapes, fields[by_plain[n]])), None)
    if loose is not None:
        return Own(loose)
    return Own(wanted if wanted not in by_plain else f"{title}_id", hidden=True)


def plain_id(shapes: Shapes, schema: Schema) -> Own:
    """The field that identifies a resource which no path names."""
    return own_field(shapes, schema, "id", "", "")


def _in_metadata(shapes: Shapes, fields: Mapping[str, Schema], wanted: str) -> str | None:
    for around in ("metadata", "attributes", "sys"):
        if around in fields:
            inner = {plain(name): name for name in shapes.fields(fields[around])}
            found = next((inner[name] for name in (wanted, "name", "id") if name in inner), None)
            if found:
                return f"{around}.{found}"
    return None


def _is_scalar(shapes: Shapes, schema: Schema) -> bool:
    kinds = shapes.kinds(schema) - {"null"}
    return not kinds or bool(kinds & {"string", "integer", "number"})


def _fits(shapes: Shapes, schema: Schema, kind: str) -> bool:
    kinds = shapes.kinds(schema) - {"null"}
    return _is_scalar(shapes, schema) and (not kinds or not kind or kind in kinds)


def keys_of(
    shapes: Shapes,
    schema: Schema,
    parameters: Sequence[str],
    owners: Mapping[str, str],
    titles: Mapping[str, str],
    own: tuple[str, Own] | None,
) -> tuple[Key, ...]:
    """What each parameter of a path means for the resource.

    `owners` maps parameters to the collections whose items they name, `titles` these to what one of them is called,
    and `own` is the resource's own parameter with its field, if the path has it.
    """
    found: list[Key] = []
    for parameter in parameters:
        if own is not None and parameter == own[0]:
            found.append(Key(parameter, own[1].field, hidden=own[1].hidden))
            continue
        collection = owners.get(parameter, "")
        field, hidden = parent_field(shapes, schema, parameter, titles.get(collection, ""), own)
        found.append(Key(parameter, field, collection, hidden))
    return tuple(found)


def parent_field(
    shapes: Shapes, schema: Schema, parameter: str, title: str, own: tuple[str, Own] | None
) -> tuple[str, bool]:
    """The field that tells what a resource lies in, and whether it is hidden: the schema does not show one."""
    fields = shapes.fields(schema)
    by_plain = {plain(name): name for name in reversed(list(fields))}
    wanted = plain(parameter)
    stem = "_".join(words_of(parameter)[:-1]) if words_of(parameter)[-1:] and words_of(parameter)[-1] in _TAILS else ""
    names = [wanted, f"{title}_id", title, f"{wanted}_id", f"{title}_{wanted}", stem, singular(wanted)]
    for name in names:
        found = by_plain.get(name)
        if not name or found is None or name == "id" or (own is not None and own[1].field == found):
            continue
        place = _scalar_in(shapes, fields[found], found, words_of(parameter)[-1:])
        if place:
            return place, False
    nested = _in_parent_metadata(shapes, fields, wanted)
    if nested:
        return nested, False
    name = wanted if wanted not in by_plain and wanted != "id" else f"{title or 'parent'}_{wanted}"
    return name, True


def _in_parent_metadata(shapes: Shapes, fields: Mapping[str, Schema], wanted: str) -> str | None:
    inner = {plain(name): name for name in shapes.fields(fields["metadata"])} if "metadata" in fields else {}
    return f"metadata.{inner[wanted]}" if wanted in inner and wanted != "name" else None


def _scalar_in(shapes: Shapes, schema: Schema, name: str, tail: Sequence[str] = ()) -> str | None:
    """The path to what identifies a parent: the field itself, or a field of the object that stands there."""
    if shapes.kinds(schema) & {"string", "integer", "number"}:
        return name
    inner = {plain(each): each for each in shapes.fields(schema)}
    for key in (*(each for each in tail if each in _TAILS), "login", "id", "gid", "sid", "uuid", "key", "slug", "name"):
        if key in inner:
            return f"{name}.{inner[key]}"
    return name if not shapes.kinds(schema) else None


def parameter_kind(operations: Sequence[Operation], parameter: str, kinds: Callable[[Schema], frozenset[str]]) -> str:
    """The JSON type of a path parameter, where it is one."""
    for operation in operations:
        found = operation.parameter(parameter, "path")
        if found is not None:
            types = kinds(found.schema) - {"null"}
            return next(iter(types)) if len(types) == 1 else ""
    return ""
