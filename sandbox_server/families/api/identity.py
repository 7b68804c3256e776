"""Which arguments of a tool tell one operation from another: what names things, no free text."""

import re
from collections.abc import Mapping
from typing import Any, Final

from sandbox_server.families.api.generated.flattening import WHOLE
from sandbox_server.families.api.generated.tools import Tool

_NAMES: Final = re.compile(r"(^|_|-)(id|ids|key|number|ref|code|sku|slug|email|name|cursor|page|after|before)$")
_NESTED_MAX: Final = 2


def identity_of(tool: Tool, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Those arguments, as texts: `7` and "7" name the same thing, and plain requests know no types."""
    properties = tool.input_schema.get("properties", {})
    found: dict[str, Any] = {}
    for name in sorted(arguments):
        place = tool.places.get(name)
        if place is None:
            continue
        value = arguments[name]
        if place.name == WHOLE and isinstance(value, Mapping):
            told = {key: each for key, each in value.items() if _names(key, {}, each)}
            found |= {f"{name}.{key}": _text(told[key]) for key in sorted(told, key=str)}
        elif place.place == "path" or _names(place.name, properties.get(name, {}), value):
            found[name] = _text(value)
    return found


def _names(name: str, schema: Any, value: Any) -> bool:
    """Whether a value names something: by its type, its schema, or what it is called."""
    if value is None or isinstance(value, Mapping):
        return False
    if not isinstance(value, str):
        return not isinstance(value, list) or all(isinstance(each, str | int) for each in value)
    chosen = isinstance(schema, Mapping) and ("enum" in schema or "format" in schema or "pattern" in schema)
    return chosen or value.lstrip("-").isdigit() or bool(_NAMES.search(_snake(name)))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _text(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_text(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
