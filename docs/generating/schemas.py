"""JSON schemas in words: what pydantic says of its models, as tables of keys."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from docs.generating.markdown import anchor, code, table

Schema = Mapping[str, Any]
_TYPES: Final = {
    "string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "null": "null",
    "object": "mapping",
}  # fmt: skip
_BOUNDS: Final = {
    "minimum": "at least", "maximum": "at most", "exclusiveMinimum": "more than", "exclusiveMaximum": "less than",
    "maxLength": "letters at most", "maxItems": "items at most",
}  # fmt: skip


def keys_table(
    schema: Schema,
    definitions: Schema | None = None,
    *,
    skip: tuple[str, ...] = (),
    defaults: bool = True,
    always: str = "needed",
) -> str:
    """The keys of an object's schema: what each may hold, its default (`always` where it has none), what it means."""
    needed, known = schema.get("required", ()), schema.get("$defs", definitions or {})
    rows = []
    for name, field in schema.get("properties", {}).items():
        if name not in skip:
            default = always if name in needed else _default(field)
            middle = [default] if defaults else []
            rows.append([code(name), words(field), *middle, _meaning(field, known)])
    titles = ["key", "holds", *(["default"] if defaults else []), "meaning"]
    return table(titles, rows)


def words(schema: Schema) -> str:
    """What a schema accepts, in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{anchor(name)})"
    if "const" in schema:
        return code(schema["const"])
    if "enum" in schema:
        return ", ".join(code(value) for value in schema["enum"])
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return " or ".join(dict.fromkeys(words(part) for part in schema[union]))
    return _typed(schema) + _bounds(schema)


def referred(schema: Schema) -> Iterator[str]:
    """The names of the definitions that a schema leads to, in the order in which a reader meets them, each once."""
    definitions = schema.get("$defs", {})
    waiting, seen = list(_names(schema)), set()
    while waiting:
        name = waiting.pop(0)
        if name in definitions and name not in seen:
            seen.add(name)
            yield name
            waiting += _names(definitions[name])


def _meaning(field: Schema, definitions: Schema) -> str:
    """What a key means; where its type says all of it, what that means."""
    referred_to = definitions.get(str(field.get("$ref")).rpartition("/")[2], {})
    return str(field.get("description") or referred_to.get("description", ""))


def _names(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].rpartition("/")[2]
        for key, value in schema.items():
            if key != "$defs":
                yield from _names(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _names(value)


def _typed(schema: Schema) -> str:
    kind = schema.get("type")
    if kind == "array":
        return f"list of {_inner(schema['items'])}" if schema.get("items") else "list"
    extra = schema.get("additionalProperties")
    if kind == "object" and isinstance(extra, Mapping) and extra:
        return f"mapping to {_inner(extra)}"
    return _TYPES.get(str(kind), "anything")


def _inner(schema: Schema) -> str:
    """The words for what is inside a list or a mapping, in parentheses where they would run into others."""
    told = words(schema)
    return f"({told})" if " or " in told or ", " in told else told


def _bounds(schema: Schema) -> str:
    told = [f"{word} {schema[key]}" for key, word in _BOUNDS.items() if key in schema]
    if "pattern" in schema:
        told.append(f"like {code(schema['pattern'])}")
    return f" ({', '.join(told)})" if told else ""


def _default(schema: Schema) -> str:
    value = schema.get("default")
    if value is None or isinstance(value, dict) or value in ([], ""):
        return ""
    return code(value if isinstance(value, str) else json.dumps(value))
