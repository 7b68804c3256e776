"""Texts of paths, queries and forms made into the values that their schemas mean."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from worlds.parts.api.document.document import Document
from worlds.parts.api.document.operation import Parameter, Schema

_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,300}")
_NUMBER: Final = re.compile(r"[-+]?([0-9]{1,300}(\.[0-9]{0,300})?|\.[0-9]{1,300})([eE][-+]?[0-9]{1,3})?")
_DEPTH_MAX: Final = 30
_SEPARATORS: Final = {"spaceDelimited": " ", "pipeDelimited": "|"}
_KEY: Final = re.compile(r"\[([^\[\]]*)\]")
_LIST_LENGTH_MAX: Final = 10_000


def coerced(document: Document, schema: Schema, text: str) -> Any:
    """A text as the value that a schema means; unchanged where it is none, for the check to complain about."""
    kinds = _kinds(document, schema)
    if "string" in kinds or not kinds:
        return text
    if "integer" in kinds and _INTEGER.fullmatch(text):
        return int(text)
    if "number" in kinds and _NUMBER.fullmatch(text):
        return float(text) if re.search(r"[.eE]", text) else int(text)
    if "boolean" in kinds and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if "null" in kinds and text in ("", "null"):
        return None
    return text


def parameter_value(document: Document, parameter: Parameter, texts: Sequence[str]) -> Any:
    """The value of a parameter from the texts that came under its name, in their order (one, but for lists)."""
    if parameter.style == "json":
        try:
            return json.loads(texts[-1])
        except (ValueError, RecursionError):
            return texts[-1]
    if "array" in _kinds(document, parameter.schema) and not (
        "string" in _kinds(document, parameter.schema) and len(texts) == 1
    ):
        items = _below(document, parameter.schema, None)
        return [coerced(document, items, text) for text in _elements(parameter, texts)]
    return coerced(document, parameter.schema, texts[-1])


def _elements(parameter: Parameter, texts: Sequence[str]) -> list[str]:
    separator = _SEPARATORS.get(parameter.style, ",")
    if len(texts) > 1 or (parameter.explode and parameter.place == "query" and separator == ","):
        return list(texts)
    return texts[0].split(separator) if texts and texts[0] else []


def nested(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """A form or query with brackets as a value: `a[b]=1&c[]=2&c[]=3&d[0][e]=4`; later pairs win."""
    result: dict[str, Any] = {}
    for name, text in pairs:
        begin = name.find("[")
        inner = _KEY.findall(name[begin:]) if begin > 0 else []
        if begin > 0 and (len(inner) > _DEPTH_MAX or "".join(f"[{each}]" for each in inner) != name[begin:]):
            inner, begin = [], -1
        _put(result, [name[:begin] if inner else name, *inner], text)
    listed: dict[str, Any] = _listed(result)
    return listed


def _put(target: dict[str, Any], keys: Sequence[str], text: str) -> None:
    for key in keys[:-1]:
        inner = target.setdefault(key or str(len(target)), {})
        if not isinstance(inner, dict):
            inner = target[key] = {}
        target = inner
    last = keys[-1]
    target[last or str(len(target))] = text


def _listed(value: Any) -> Any:
    """Mappings whose keys count from 0 as lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(each) for key, each in value.items()}
    if inner and len(inner) <= _LIST_LENGTH_MAX and all(key == str(number) for number, key in enumerate(inner)):
        return list(inner.values())
    return inner


def typed(document: Document, schema: Schema, value: Any, depth: int = 0) -> Any:
    """A form's value, all texts, as the schema means it, inside mappings and lists too."""
    if isinstance(value, str):
        if "array" in _kinds(document, schema) and "string" not in _kinds(document, schema):
            return [typed(document, _below(document, schema, None), value, depth + 1)] if value else []
        return coerced(document, schema, value)
    if depth > _DEPTH_MAX:
        return value
    if isinstance(value, Mapping):
        return {name: typed(document, _below(document, schema, name), each, depth + 1) for name, each in value.items()}
    if isinstance(value, list):
        items = _below(document, schema, None)
        return [typed(document, items, each, depth + 1) for each in value]
    return value


def _kinds(document: Document, schema: Schema, depth: int = 0) -> frozenset[str]:
    """The JSON types that a schema allows, as far as it says."""
    resolved = document.resolve(schema)
    written = resolved.get("type")
    if written is not None:
        return frozenset([written] if isinstance(written, str) else written)
    found: set[str] = {"object"} if "properties" in resolved else set()
    for keyword in ("anyOf", "oneOf", "allOf") if depth < _DEPTH_MAX // 5 else ():
        for part in resolved.get(keyword, ()):
            found |= _kinds(document, part, depth + 1)
    if not found and "enum" in resolved:
        names = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
        found = {names.get(type(each), "object") for each in resolved["enum"]}
    return frozenset(found)


def _below(document: Document, schema: Schema, name: str | None, depth: int = 0) -> Schema:
    """The schema of a property, or of a list's elements for None, wherever it is said."""
    resolved = document.resolve(schema)
    found = resolved.get("items") if name is None else resolved.get("properties", {}).get(name)
    if isinstance(found, Mapping):
        return found
    for keyword in ("allOf", "anyOf", "oneOf") if depth < _DEPTH_MAX // 5 else ():
        for part in resolved.get(keyword, ()):
            inner = _below(document, part, name, depth + 1)
            if inner:
                return inner
    more = resolved.get("additionalProperties") if name is not None else None
    return more if isinstance(more, Mapping) else {}
