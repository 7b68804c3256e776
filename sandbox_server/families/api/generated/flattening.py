"""One object of arguments for all that a request takes: parameters and the fields of its body, told apart by names."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox_server.families.api.generated.routes import Carried, Parameter, Route
from sandbox_server.families.api.generated.spelling import COMPONENTS, DEFS

Definitions = Mapping[str, Mapping[str, Any]]
_MEMBERS_MAX: Final = 10_000
WHOLE: Final = ""
"""The field that stands for a whole body."""


@dataclass(frozen=True, slots=True)
class Argument:
    """Where one argument belongs."""

    place: str
    """`path`, `query`, `header`, `cookie` or `body`."""
    name: str
    """The name there; of an argument that is the whole body, `WHOLE`."""


@dataclass(frozen=True, slots=True)
class Flat:
    """The arguments of one operation."""

    schema: dict[str, Any]
    """Not converted yet."""
    places: Mapping[str, Argument]


def flattened(route: Route, definitions: Definitions) -> Flat:
    """The arguments of an operation. A name that is taken twice says where it belongs, but for those in the body."""
    body = _body_schema(route.body, definitions)
    fields: Mapping[str, Any] = (body or {}).get("properties") or {}
    whole = _whole_name(body) if body is not None and not fields else ""
    taken = {*fields, whole} if whole else set(fields)
    counts = Counter(each.name for each in route.parameters)
    properties: dict[str, Any] = {}
    required: list[str] = []
    places: dict[str, Argument] = {}
    for each in route.parameters:
        shared = each.name in taken or counts[each.name] > 1
        name = f"{each.name}__{each.place}" if shared else each.name
        properties[name] = _located(each) if shared else each.schema
        places[name] = Argument(each.place, each.name)
        required += [name] * each.required
    if body is not None and route.body is not None:
        properties |= {whole: body} if whole else dict(fields)
        places |= {whole: Argument("body", WHOLE)} if whole else {name: Argument("body", name) for name in fields}
        if route.body.required:
            required += [whole] if whole else list(body.get("required", ()))
    return Flat({"type": "object", "properties": properties, "required": required}, places)


def _located(parameter: Parameter) -> dict[str, Any]:
    """A parameter's schema with its place in the description."""
    description = parameter.schema.get("description", "")
    place = f"({parameter.place.capitalize()} parameter)"
    return {**parameter.schema, "description": f"{description} {place}" if description else place}


def _body_schema(body: Carried | None, definitions: Definitions) -> dict[str, Any] | None:
    """The schema of the first media type; what it is all of is put together."""
    if body is None or not body.content:
        return None
    schema = dict(next(iter(body.content.values())))
    if body.description and not schema.get("description"):
        schema["description"] = body.description
    if isinstance(schema.get("allOf"), list):
        schema = _merged(schema, definitions)
    properties = with_variants(schema, definitions)
    if properties is None:
        return schema
    return {key: value for key, value in schema.items() if key != "discriminator"} | {"properties": properties}


def with_variants(schema: Mapping[str, Any], definitions: Definitions) -> dict[str, Any] | None:
    """The properties of a schema and of the variants that its discriminator names; None where it names none."""
    discriminator = schema.get("discriminator")
    told = discriminator if isinstance(discriminator, Mapping) else {}
    tag, mapping = told.get("propertyName"), told.get("mapping")
    if not isinstance(tag, str) or not isinstance(mapping, Mapping):
        return None
    own = schema.get("properties", {})
    fields = {value: _fields(target, own, definitions) for value, target in mapping.items()}
    known = {value: each for value, each in fields.items() if each is not None}
    if not known:
        return None
    alternatives: dict[str, list[Any]] = {}
    for each in known.values():
        for name, schemas in each.items():
            seen = alternatives.setdefault(name, [])
            seen += [schema for schema in schemas if schema not in seen]
    more = {name: each[0] if len(each) == 1 else {"anyOf": each} for name, each in alternatives.items()}
    properties = {**own, **more}
    held = properties.get(tag)
    shown = held if isinstance(held, Mapping) else {"type": "string"}
    note = " ".join(filter(None, [shown.get("description"), _note(known)]))
    return {**properties, tag: {**shown, "description": note}}


def _fields(target: Any, own: Mapping[str, Any], definitions: Definitions) -> dict[str, list[Any]] | None:
    """The properties that a variant adds, each in all its forms; None for a variant that is not here."""
    name = str(target).removeprefix(DEFS).removeprefix(COMPONENTS)
    if not isinstance(target, str) or not isinstance(definitions.get(name), Mapping):
        return None
    found: dict[str, list[Any]] = {}
    for member in _members(definitions[name], definitions, frozenset()):
        for field, schema in member.get("properties", {}).items():
            if field not in own:
                found.setdefault(field, []).append(schema)
    return found


def _note(known: Mapping[Any, Mapping[str, Any]]) -> str:
    """What a model is told of the variants."""
    variants = "; ".join(f"{value!r} uses {', '.join(fields)}" for value, fields in known.items() if fields)
    accepted = f"Selects the variant. Accepted values: {', '.join(map(repr, known))}."
    return f"{accepted} {variants}. Send only the fields belonging to the selected variant." if variants else accepted


def _merged(schema: Mapping[str, Any], definitions: Definitions) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required: list[str] = []
    for member in {id(each): each for each in _members(schema, definitions, frozenset())}.values():
        properties |= member.get("properties", {})
        required += member.get("required", [])
    result = {key: value for key, value in schema.items() if key != "allOf"} | {"properties": properties}
    return {**result, "required": list(dict.fromkeys(required))} if required else result


def _members(schema: Mapping[str, Any], definitions: Definitions, seen: frozenset[str]) -> Iterator[Mapping[str, Any]]:
    """All that a value of a schema has to be, as far as it is a list of such things."""
    reference = schema.get("$ref")
    name = reference.removeprefix(DEFS) if isinstance(reference, str) else ""
    if name and name not in seen and name in definitions:
        yield from _members(definitions[name], definitions, seen | {name})
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        if beside:
            yield from _members(beside, definitions, seen)
    elif isinstance(schema.get("allOf"), list) and len(seen) < _MEMBERS_MAX:
        for member in schema["allOf"]:
            if isinstance(member, Mapping):
                yield from _members(member, definitions, seen)
        beside = {key: value for key, value in schema.items() if key != "allOf"}
        if beside:
            yield beside
    else:
        yield schema


def _whole_name(body: Mapping[str, Any]) -> str:
    """What an argument is called that is the whole body."""
    if "$ref" in body:
        return "body"
    name = re.sub(r"[^a-zA-Z0-9_]", "_", str(body.get("title", "body")).lower())
    return "body_data" if not name or name[0].isdigit() else name
