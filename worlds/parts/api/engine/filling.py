"""Values that a schema asks for and nobody gave: neutral ones, as a service sets them for a new resource."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from worlds.parts.api.document import Document, Schema

_DEPTH_MAX: Final = 6
Resolve = Callable[[Schema], Schema]
_TEXTS: Final[Mapping[str, str]] = {
    "date-time": "1970-01-01T00:00:00Z",
    "date": "1970-01-01",
    "time": "00:00:00Z",
    "email": "nobody@example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uri-reference": "/",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "duration": "P1D",
    "byte": "",
}


def properties_of(document: Document, schema: Schema) -> tuple[dict[str, Schema], tuple[str, ...]]:
    """The properties of an object's schema and which are required, those of `allOf` members included."""
    found: dict[str, Schema] = {}
    required: list[str] = []
    _gather(document, schema, found, required, 0)
    return found, tuple(dict.fromkeys(required))


def _gather(document: Document, schema: Schema, found: dict[str, Schema], required: list[str], depth: int) -> None:
    schema = document.resolve(schema)
    if depth > _DEPTH_MAX:
        return
    for member in schema.get("allOf", ()):
        _gather(document, member, found, required, depth + 1)
    found.update(schema.get("properties", {}))
    required += schema.get("required", ())
    if not found:
        for member in [*schema.get("oneOf", ()), *schema.get("anyOf", ())][:1]:
            _gather(document, member, found, required, depth + 1)


def types_of(schema: Schema) -> tuple[str, ...]:
    """The types that a schema allows, as far as it says so at the top."""
    named = schema.get("type")
    if named is None:
        choices = [each.get("type") for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ()))]
        return tuple(each for each in choices if isinstance(each, str))
    return tuple(named) if isinstance(named, list) else (named,)


def is_nullable(document: Document, schema: Schema) -> bool:
    """Whether null is accepted."""
    schema = document.resolve(schema)
    if "null" in types_of(schema) or None in schema.get("enum", ()):
        return True
    choices = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return any(document.resolve(each).get("type") == "null" for each in choices)


def neutral(document: Document, schema: Schema, depth: int = 0) -> Any:
    """The plainest value that fits a schema: constant, default, null, the first of several, empty."""
    schema = document.resolve(schema)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if is_nullable(document, schema) or depth > _DEPTH_MAX:
        return None
    if schema.get("enum"):
        return schema["enum"][0]
    choices = [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
    if choices and "properties" not in schema and "type" not in schema:
        return neutral(document, choices[0], depth + 1)
    return _by_type(document, schema, depth)


def _by_type(document: Document, schema: Schema, depth: int) -> Any:
    types = types_of(schema)
    if "object" in types or "properties" in schema or "allOf" in schema:
        properties, required = properties_of(document, schema)
        return {name: neutral(document, properties.get(name, {}), depth + 1) for name in required}
    if "array" in types:
        items = schema.get("items", {})
        count = min(schema.get("minItems", 0), 20)
        return [neutral(document, items, depth + 1) for _ in range(count)]
    if "boolean" in types:
        return False
    if "integer" in types or "number" in types:
        return _number(schema)
    return _text(schema) if "string" in types else None


def _number(schema: Schema) -> Any:
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    above = 1 if "exclusiveMinimum" in schema and "minimum" not in schema else 0
    number = max(least + above, 0) if least <= 0 else least + above
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    return number if most is None or number <= most else most


def _text(schema: Schema) -> str:
    examples = schema.get("examples") or ([schema["example"]] if "example" in schema else [])
    if examples and isinstance(examples[0], str) and (schema.get("pattern") or schema.get("format")):
        return examples[0]
    text = _TEXTS.get(schema.get("format", ""), "")
    return text or "-" * min(schema.get("minLength", 0), 10_000)
