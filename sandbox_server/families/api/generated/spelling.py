"""Schemas in the spelling of the generator's own models: keys in their order, bounds as fractions, no nulls."""

from collections.abc import Callable, Mapping
from typing import Any, Final

COMPONENTS: Final = "#/components/schemas/"
DEFS: Final = "#/$defs/"
_BOUNDS: Final = frozenset(("multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"))
_ORDER_3_0: Final = (
    "title", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength",
    "pattern", "maxItems", "minItems", "uniqueItems", "maxProperties", "minProperties", "required", "enum", "type",
    "allOf", "oneOf", "anyOf", "not", "items", "properties", "additionalProperties", "description", "format",
    "default", "nullable", "discriminator", "readOnly", "writeOnly", "xml", "externalDocs", "example", "deprecated",
)  # fmt: skip
_ORDER_3_1: Final = (
    "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "prefixItems", "items", "contains",
    "properties", "patternProperties", "additionalProperties", "propertyNames", "unevaluatedItems",
    "unevaluatedProperties", "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum",
    "exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxContains",
    "minContains", "maxProperties", "minProperties", "required", "dependentRequired", "format", "contentEncoding",
    "contentMediaType", "contentSchema", "title", "description", "default", "deprecated", "readOnly", "writeOnly",
    "examples", "discriminator", "xml", "externalDocs", "example",
)  # fmt: skip
_ONE: Final = frozenset((
    "not", "if", "then", "else", "items", "contains", "additionalProperties", "propertyNames", "unevaluatedItems",
    "unevaluatedProperties", "contentSchema",
))  # fmt: skip
_LISTS: Final = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
_MAPS: Final = frozenset(("properties", "patternProperties", "dependentSchemas"))

Change = Callable[[Mapping[str, Any]], Any]


def spelled(schema: Mapping[str, Any], openapi: str) -> dict[str, Any]:
    """A schema as the generator holds it, with its references led to `$defs`."""
    order = _ORDER_3_0 if openapi.startswith("3.0") else _ORDER_3_1
    keys = [*(key for key in order if key in schema), *(key for key in schema if key not in order)]
    result = {key: _value(key, schema[key]) for key in keys if schema[key] is not None}
    reference = result.get("$ref")
    if isinstance(reference, str) and reference.startswith(COMPONENTS):
        result["$ref"] = DEFS + reference.rpartition("/")[2]
    return within(result, lambda inner: spelled(inner, openapi))


def within(schema: dict[str, Any], change: Change) -> dict[str, Any]:
    """A schema with those in it changed, each as a whole."""
    return {key: _inside(key, value, change) for key, value in schema.items()}


def _inside(key: str, value: Any, change: Change) -> Any:
    if key in _ONE and isinstance(value, Mapping):
        return change(value)
    if key in _LISTS and isinstance(value, list):
        return [change(item) if isinstance(item, Mapping) else item for item in value]
    if key in _MAPS and isinstance(value, Mapping):
        return {name: change(item) if isinstance(item, Mapping) else item for name, item in value.items()}
    return value


def _value(key: str, value: Any) -> Any:
    if key in _BOUNDS and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value
