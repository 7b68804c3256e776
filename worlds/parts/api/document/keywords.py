"""The keywords of JSON Schema and what each must be, so that no schema fails when it is first used."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import jsonschema_rs

TYPES: Final = ("string", "number", "integer", "boolean", "array", "object", "null")
FOREIGN_TYPES: Final[Mapping[str, dict[str, Any]]] = {
    "file": {"type": "string", "format": "binary"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "date-time": {"type": "string", "format": "date-time"},
    "int": {"type": "integer"},
    "long": {"type": "integer"},
    "float": {"type": "number"},
    "double": {"type": "number"},
    "str": {"type": "string"},
    "bool": {"type": "boolean"},
    "list": {"type": "array"},
    "dict": {"type": "object"},
    "any": {},
}
"""Types that are none but are written often, and what they mean."""

ONE_SCHEMA: Final = frozenset(
    {
        *("items", "not", "if", "then", "else", "contains", "propertyNames", "additionalProperties"),
        *("unevaluatedProperties", "unevaluatedItems", "additionalItems", "contentSchema"),
    }
)
MANY_SCHEMAS: Final = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
NAMED_SCHEMAS: Final = frozenset(("properties", "patternProperties", "dependentSchemas", "$defs", "definitions"))
NOT_FOLLOWED: Final = ("$dynamicRef", "$recursiveRef")
DROPPED: Final = frozenset(
    {
        *("$dynamicRef", "$recursiveRef", "$dynamicAnchor", "$recursiveAnchor", "$anchor", "$id", "id", "$schema"),
        *("$vocabulary", "$comment", "externalDocs", "nullable", "example", "xml"),
    }
)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 0 and value == int(value)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


@cache
def is_pattern(text: str) -> bool:
    """Whether the checker of values understands a regular expression."""
    try:
        jsonschema_rs.validator_for({"$schema": "https://json-schema.org/draft/2020-12/schema", "pattern": text})
    except Exception:  # the library raises several kinds for what it cannot compile
        return False
    return True


_FITS: Final[Mapping[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number),
    "multipleOf": lambda value: _is_number(value) and value > 0,
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        _is_count,
    ),
    **dict.fromkeys(("minContains", "maxContains"), _is_count),
    "required": _is_names,
    "enum": lambda value: isinstance(value, list) and bool(value),
    "pattern": lambda value: isinstance(value, str) and is_pattern(value),
    **dict.fromkeys(
        ("title", "description", "format", "contentEncoding", "contentMediaType"), lambda v: isinstance(v, str)
    ),
    **dict.fromkeys(("readOnly", "writeOnly", "deprecated", "uniqueItems"), lambda v: isinstance(v, bool)),
    "examples": lambda value: isinstance(value, list),
    "discriminator": lambda value: isinstance(value, dict),
    "dependentRequired": lambda value: isinstance(value, dict) and all(_is_names(each) for each in value.values()),
}


def fits(keyword: str, value: Any) -> bool:
    """Whether a keyword that holds no schema has a value that it can have; unknown keywords always do."""
    test = _FITS.get(keyword)
    return test is None or test(value)
