"""JSON schemas as FastMCP shows them: without titles, and with references written out."""

from collections.abc import Mapping
from typing import Any, Final

_PREFIX: Final = "#/$defs/"


def plain_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema without generated titles, references replaced by what they mean unless that contains itself."""
    definitions: Mapping[str, Any] = schema.get("$defs", {})
    cyclic = {name for name in definitions if _reaches(name, name, definitions, set())}
    body = {key: value for key, value in schema.items() if key != "$defs"}
    root = str(body.get("$ref", "")).removeprefix(_PREFIX)
    body = dict(definitions[root]) if root else body  # clients want to see at once that it is an object
    found: dict[str, Any] = _written_out(body, definitions, cyclic)
    if cyclic:
        found["$defs"] = {name: _written_out(definitions[name], definitions, cyclic) for name in sorted(cyclic)}
    return found


def wrapped(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a value that is told as `{"result": value}`."""
    rest = {"$defs": schema["$defs"]} if "$defs" in schema else {}
    inner = {key: value for key, value in schema.items() if key != "$defs"}
    return {
        "properties": {"result": inner},
        "required": ["result"],
        "type": "object",
        **rest,
        "x-fastmcp-wrap-result": True,
    }


def _written_out(node: Any, definitions: Mapping[str, Any], cyclic: set[str]) -> Any:
    if isinstance(node, list):
        return [_written_out(each, definitions, cyclic) for each in node]
    if not isinstance(node, Mapping):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str) and reference.startswith(_PREFIX):
        name = reference.removeprefix(_PREFIX)
        if name not in cyclic:
            more = {key: value for key, value in node.items() if key != "$ref"}
            return _written_out({**definitions[name], **more}, definitions, cyclic)
    return {key: _member(key, value, definitions, cyclic) for key, value in node.items() if not _is_title(key, value)}


def _member(key: str, value: Any, definitions: Mapping[str, Any], cyclic: set[str]) -> Any:
    if key in ("properties", "patternProperties") and isinstance(value, Mapping):
        return {name: _written_out(inner, definitions, cyclic) for name, inner in value.items()}
    return value if key in ("default", "enum", "const", "examples") else _written_out(value, definitions, cyclic)


def _is_title(key: str, value: Any) -> bool:
    return key == "title" and isinstance(value, str)


def _reaches(start: str, wanted: str, definitions: Mapping[str, Any], seen: set[str]) -> bool:
    for name in _named(definitions[start]):
        if name == wanted:
            return True
        if name not in seen and name in definitions:
            seen.add(name)
            if _reaches(name, wanted, definitions, seen):
                return True
    return False


def _named(node: Any) -> set[str]:
    if isinstance(node, list):
        return {name for each in node for name in _named(each)}
    if not isinstance(node, Mapping):
        return set()
    own = {str(node["$ref"]).removeprefix(_PREFIX)} if "$ref" in node else set()
    return own | {name for value in node.values() for name in _named(value)}
