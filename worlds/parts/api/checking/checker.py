"""Checks values against schemas, and says as data what does not fit.

All schemas of a document are compiled together, once for each direction, each as a property of one schema: so none is
compiled again for each that refers to it, which takes minutes for large documents and is a fraction of a second so.
Requests need not carry what is read-only, and answers lack what is write-only, whatever the document requires.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from jsonschema_rs import Draft202012Validator, Registry, ValidationError

from worlds.parts.api.document.document import Document, name_of, reference_to
from worlds.parts.api.document.operation import NAMED, Schema

_HOME: Final = "urn:described"
_PARTS: Final = ("limit", "property", "options", "unexpected", "format", "pattern", "types", "expected_value")
_COMPLAINTS_MAX: Final = 100
Direction = Literal["request", "answer"]


@dataclass(frozen=True, slots=True)
class Complaint:
    """What does not fit, so that each service can word it in its own way."""

    place: tuple[str | int, ...]
    """Where in the value: names and positions; for a missing field, the field itself."""
    kind: str
    """The keyword that is broken: `required`, `type`, `enum`, `minimum`, `maxLength`, `pattern`, `format`,
    `additionalProperties`, `anyOf`, ..."""
    message: str
    """In plain words, without the place."""
    parts: Mapping[str, Any] = field(default_factory=dict)
    """What a wording may use: `value` (what stands there), `limit`, `property`, `options`, `unexpected`, `format`,
    `pattern`, `types`."""


@dataclass(slots=True)
class _Compiled:
    """One direction's schemas."""

    registry: Registry
    validator: Draft202012Validator
    names: dict[int, str]
    """Id of a schema (all live as long as the document) to the property that it is checked as."""


@dataclass(slots=True)
class Checker:
    """Checks values against the schemas of one document. May be shared: it only remembers what it compiled."""

    document: Document
    _directions: dict[Direction, _Compiled] = field(default_factory=dict)
    _others: dict[tuple[Direction, int], tuple[Schema, Draft202012Validator]] = field(default_factory=dict)

    def complaints(self, schema: Schema, value: Any, direction: Direction = "request") -> list[Complaint]:
        """What does not fit, in the schema's order, at most a hundred; empty when all does."""
        validator, held, name = self._validator(schema, value, direction)
        if validator.is_valid(held):
            return []
        found: list[Complaint] = []
        for error in validator.iter_errors(held):
            found += _complaints(error, 1 if name else 0)
            if len(found) >= _COMPLAINTS_MAX:
                break
        return found[:_COMPLAINTS_MAX]

    def fits(self, schema: Schema, value: Any, direction: Direction = "request") -> bool:
        """Whether a value fits a schema."""
        validator, held, _ = self._validator(schema, value, direction)
        return bool(validator.is_valid(held))

    def _validator(self, schema: Schema, value: Any, direction: Direction) -> tuple[Draft202012Validator, Any, str]:
        """What checks a schema, the value as that wants it, and the property it is checked as (none: by itself)."""
        if direction not in self._directions:
            self._directions[direction] = _compiled(self.document, direction)
        together = self._directions[direction]
        name = together.names.get(id(schema), "")
        if not name and schema.keys() == {"$ref"} and name_of(schema["$ref"]) in self.document.schemas:
            name = name_of(schema["$ref"])
        if name:
            return together.validator, {name: value}, name
        key = (direction, id(schema))
        known = self._others.get(key)
        if known is None or known[0] is not schema:
            plain = _absolute(_relaxed(schema, self.document, direction))
            validator = Draft202012Validator(plain, registry=together.registry, validate_formats=True)
            known = self._others[key] = (schema, validator)
        return known[1], value, ""


def _compiled(document: Document, direction: Direction) -> _Compiled:
    """Every schema of a direction in one validator."""
    schemas = {name: _relaxed(each, document, direction) for name, each in document.schemas.items()}
    registry = Registry([(_HOME, {"components": {"schemas": schemas}})])
    properties = {name: {"$ref": _HOME + reference_to(name)} for name in schemas}
    names = {id(each): name for name, each in document.schemas.items()}
    for number, schema in enumerate(_loose(document, direction)):
        if id(schema) not in names:
            names[id(schema)] = f"/{number}"
            properties[f"/{number}"] = _absolute(_relaxed(schema, document, direction))
    root = {"properties": properties}
    return _Compiled(registry, Draft202012Validator(root, registry=registry, validate_formats=True), names)


def _loose(document: Document, direction: Direction) -> Iterator[Schema]:
    """The schemas that operations hold themselves."""
    for operation in document.operations:
        if direction == "request":
            yield from (parameter.schema for parameter in operation.parameters)
            yield from (media.schema for media in operation.body.content.values()) if operation.body else ()
        else:
            for answered in operation.responses.values():
                yield from (media.schema for media in answered.content.values())
                yield from answered.headers.values()


def _absolute(value: Any) -> Any:
    """A schema whose references lead into the registry."""
    if isinstance(value, Mapping):
        return {
            key: _HOME + inner
            if key == "$ref" and isinstance(inner, str) and inner.startswith(NAMED)
            else _absolute(inner)
            for key, inner in value.items()
        }
    return [_absolute(each) for each in value] if isinstance(value, list) else value


def _relaxed(value: Any, document: Document, direction: Direction) -> Any:
    """A schema that does not require what never travels in a direction; the same object where nothing changes."""
    if isinstance(value, list):
        changed = [_relaxed(each, document, direction) for each in value]
        return value if all(a is b for a, b in zip(value, changed, strict=True)) else changed
    if not isinstance(value, dict):
        return value
    result = {key: inner if key in _DATA else _relaxed(inner, document, direction) for key, inner in value.items()}
    keyword = "readOnly" if direction == "request" else "writeOnly"
    required, properties = value.get("required"), value.get("properties")
    if isinstance(required, list) and isinstance(properties, dict):
        kept = [name for name in required if not _is_marked(properties.get(name), keyword, document)]
        if len(kept) < len(required):
            return {**result, "required": kept}
    return value if all(result[key] is value[key] for key in value) else result


_DATA: Final = frozenset(("enum", "const", "default", "examples", "required", "discriminator"))
"""Keywords that hold values, not schemas."""


def _is_marked(schema: Any, keyword: str, document: Document) -> bool:
    return isinstance(schema, dict) and (schema.get(keyword) is True or document.resolve(schema).get(keyword) is True)


def _complaints(error: ValidationError, skipped: int) -> Iterator[Complaint]:
    """The complaints of one error; the first steps of its place are left out."""
    kind: Any = error.kind
    place = tuple(error.instance_path)[skipped:]
    if kind.name in ("anyOf", "oneOf"):
        inner = _likeliest(kind, len(error.instance_path))
        if inner is not None:
            for each in inner:
                yield from _complaints(each, skipped)
            return
    parts = {name: getattr(kind, name) for name in _PARTS if hasattr(kind, name)}
    parts["value"] = error.instance
    if kind.name == "required":
        yield Complaint((*place, kind.property), "required", "a value is required", parts)
    elif kind.name in ("additionalProperties", "unevaluatedProperties"):
        for name in kind.unexpected:
            yield Complaint((*place, name), "additionalProperties", "it is not known", {**parts, "property": name})
    else:
        yield Complaint(place, kind.name, _plain(error), parts)


def _likeliest(kind: Any, depth: int) -> list[ValidationError] | None:
    """Of several choices, the complaints of the one that fits best: whose errors lie deeper than its own type."""
    choices: list[list[ValidationError]] = getattr(kind, "context", None) or []
    meant = [errors for errors in choices if errors and not any(_is_type(each, depth) for each in errors)]
    return min(meant, key=len) if len(meant) == 1 or (meant and len(meant) < len(choices)) else None


def _is_type(error: ValidationError, depth: int) -> bool:
    """Whether a choice is clearly another one: of another type, or with another mark in a field of its own."""
    deeper = len(error.instance_path) - depth
    return (error.kind.name == "type" and deeper <= 0) or (error.kind.name in ("const", "enum") and deeper <= 1)


def _plain(error: ValidationError) -> str:
    """The message without the value, which may be long."""
    message: str = error.message
    return message if len(message) <= 300 else message[:297] + "..."
