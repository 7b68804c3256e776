"""Schemas of API descriptions as plain JSON Schema: what only descriptions know is said in other words or left out."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox_server.families.api.generated.spelling import DEFS

Definitions = Mapping[str, Mapping[str, Any]]
_DROPPED: Final = frozenset((
    "nullable", "discriminator", "readOnly", "writeOnly", "xml", "externalDocs", "deprecated",
))  # fmt: skip
_ONE: Final = ("items", "additionalProperties", "not")
_LISTS: Final = ("allOf", "anyOf", "oneOf")
_NULL: Final = {"type": "null"}


def converted(
    schema: Mapping[str, Any], openapi: str, definitions: Definitions | None = None, *, answered: bool = False
) -> dict[str, Any]:
    """A schema without words of API descriptions; of what is `answered`, properties that are only written go."""
    result = dict(schema)
    if answered:
        hidden = set(_written_only(result, definitions or {}))
        result = _without(result, hidden) if hidden else result
    if openapi.startswith("3.0"):
        result = _with_null(result)
    if "oneOf" in result:
        result["anyOf"] = result.pop("oneOf")
    result = _with_tag(result)
    result = {key: value for key, value in result.items() if key not in _DROPPED}

    def inner(value: Any) -> Any:
        return converted(value, openapi, definitions, answered=answered) if isinstance(value, Mapping) else value

    for key in ("properties", "$defs"):
        if isinstance(result.get(key), Mapping):
            result[key] = {name: inner(each) for name, each in result[key].items()}
    for key in _ONE:
        if key in result:
            result[key] = inner(result[key])
    for key in _LISTS:
        if isinstance(result.get(key), list):
            result[key] = [inner(each) for each in result[key]]
    return result


def _with_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema of 3.0 that may be null says so by its type, or by one more alternative."""
    result = {key: value for key, value in schema.items() if key != "nullable"}
    if not schema.get("nullable"):
        return result
    kind = result.get("type")
    if isinstance(kind, str):
        result["type"] = [kind, "null"]
    elif "oneOf" in result:
        result["anyOf"] = [*result.pop("oneOf"), _NULL]
    elif "anyOf" in result:
        known = any(each.get("type") == "null" for each in result["anyOf"])
        result["anyOf"] = result["anyOf"] if known else [*result["anyOf"], _NULL]
    elif "allOf" in result:
        result["anyOf"] = [{"allOf": result.pop("allOf")}, _NULL]
    if "enum" in result and None not in result["enum"]:
        result["enum"] = [*result["enum"], None]
    return result


def _with_tag(schema: dict[str, Any]) -> dict[str, Any]:
    """Alternatives told apart by a property all require it."""
    discriminator = schema.get("discriminator")
    tag = discriminator.get("propertyName") if isinstance(discriminator, Mapping) else None
    if not isinstance(tag, str):
        return schema
    result = dict(schema)
    for key in ("anyOf", "oneOf"):
        if isinstance(result.get(key), list):
            result[key] = [_requiring(each, tag) if isinstance(each, Mapping) else each for each in result[key]]
    return result


def _requiring(schema: Mapping[str, Any], name: str) -> dict[str, Any]:
    required = schema.get("required")
    if required is None:
        return {**schema, "required": [name]}
    fits = isinstance(required, list) and name not in required
    return {**schema, "required": [*required, name]} if fits else dict(schema)


def _same_thing(schema: Mapping[str, Any], definitions: Definitions, seen: set[str]) -> Iterator[Mapping[str, Any]]:
    """A schema and those that describe the same value: what it refers to, and all of which it is."""
    yield schema
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith(DEFS) and reference not in seen:
        seen.add(reference)
        target = definitions.get(reference.removeprefix(DEFS))
        if isinstance(target, Mapping):
            yield from _same_thing(target, definitions, seen)
    members = schema.get("allOf")
    for member in members if isinstance(members, list) else ():
        if isinstance(member, Mapping):
            yield from _same_thing(member, definitions, seen)


def _written_only(schema: Mapping[str, Any], definitions: Definitions) -> Iterator[str]:
    """The properties of a value that answers do not hold."""
    for scope in _same_thing(schema, definitions, set()):
        properties = scope.get("properties")
        for name, each in properties.items() if isinstance(properties, Mapping) else ():
            if isinstance(each, Mapping) and any(
                same.get("writeOnly") for same in _same_thing(each, definitions, set())
            ):
                yield name


def _without(schema: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    result = dict(schema)
    if isinstance(result.get("properties"), Mapping):
        result["properties"] = {name: each for name, each in result["properties"].items() if name not in names}
    if isinstance(result.get("required"), list):
        result["required"] = [name for name in result["required"] if name not in names]
        if not result["required"]:
            del result["required"]
    for key in _LISTS:
        if isinstance(result.get(key), list):
            result[key] = [_without(each, names) if isinstance(each, Mapping) else each for each in result[key]]
    return result
