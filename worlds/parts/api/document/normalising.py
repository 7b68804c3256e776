"""Schemas as documents write them, made into JSON Schema 2020-12 with references to named schemas only.

Every schema is visited once; a reference becomes the name of what it leads to, and that waits to be visited. So circles
cost nothing, and nothing is ever copied into what refers to it.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from worlds.parts.api.document.document import reference_to
from worlds.parts.api.document.keywords import (
    DROPPED,
    FOREIGN_TYPES,
    MANY_SCHEMAS,
    NAMED_SCHEMAS,
    NOT_FOLLOWED,
    ONE_SCHEMA,
    TYPES,
    fits,
)
from worlds.parts.api.document.library import Library, Spot
from worlds.parts.api.document.operation import Schema
from worlds.parts.api.document.pointer import joined, steps_of

_BESIDE: Final = frozenset(("description", "title", "readOnly", "writeOnly", "deprecated", "default", "examples"))
"""What 3.0 documents write beside a reference in vain, and clearly mean."""


@dataclass(slots=True)
class Normaliser:
    """Makes schemas plain, and collects the named ones."""

    library: Library
    old: bool
    """Whether the document is a 3.0 one, with `nullable` and boolean bounds."""
    schemas: dict[str, Schema] = field(default_factory=dict)
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    """(file, pointer) of what references lead to, by name."""
    waiting: list[tuple[str, Spot]] = field(default_factory=list)

    def claim(self, spot: Spot, name: str) -> str:
        """Give a schema its name, once, and have it visited later."""
        place = (spot.source.file, spot.pointer)
        if place not in self.names:
            unique, number = name, 2
            while unique in self.schemas:
                unique, number = f"{name}_{number}", number + 1
            self.names[place] = unique
            self.schemas[unique] = {}
            self.waiting.append((unique, spot))
        return self.names[place]

    def finish(self) -> dict[str, Schema]:
        """Visit all that waits, and what they refer to; then all schemas by name."""
        while self.waiting:
            name, spot = self.waiting.pop()
            self.schemas[name] = self.schema(spot)
        return self.schemas

    def schema(self, spot: Spot) -> dict[str, Any]:
        """One schema, with all within."""
        value = spot.value
        if isinstance(value, bool):
            return {} if value else {"not": {}}
        if not isinstance(value, dict):
            if value is not None:
                self._note(spot, "a schema is expected here; anything fits instead")
            return {}
        if isinstance(value.get("$ref"), str):
            return self._reference(spot)
        result: dict[str, Any] = {}
        for keyword, inner in value.items():
            self._keyword(spot, keyword, inner, result)
        self._noted_keywords(spot)
        _type(result, lambda text: self._note(spot, text))
        if "example" in value and "examples" not in result:
            result["examples"] = [value["example"]]
        _old_bounds(result)
        return _nullable(result) if value.get("nullable") is True else result

    def _keyword(self, spot: Spot, keyword: str, inner: Any, result: dict[str, Any]) -> None:
        at = joined(spot.pointer, keyword)
        if keyword in DROPPED:
            return
        if keyword == "items" and isinstance(inner, list):
            self._note(spot, "a list of `items` is of an older draft; read as `prefixItems`")
            keyword = "prefixItems"
        if keyword in ONE_SCHEMA:
            result[keyword] = inner if isinstance(inner, bool) else self.schema(spot.below(at, inner))
        elif keyword in MANY_SCHEMAS:
            result.update(self._many(spot.below(at, inner), keyword))
        elif keyword in NAMED_SCHEMAS:
            result[keyword] = self._named(spot.below(at, inner))
        elif keyword in ("exclusiveMinimum", "exclusiveMaximum") and isinstance(inner, bool):
            result[keyword] = inner
        elif keyword == "discriminator" and isinstance(inner, dict):
            result[keyword] = self._discriminator(spot.below(at, inner))
        elif fits(keyword, inner):
            result[keyword] = inner
        else:
            shown = repr(inner)
            self._note(
                spot.below(at, inner), f"`{keyword}` cannot be {shown[:60]}{'...' * (len(shown) > 60)}; it is ignored"
            )

    def _many(self, spot: Spot, keyword: str) -> dict[str, Any]:
        if not isinstance(spot.value, list) or not spot.value:
            self._note(spot, f"`{keyword}` needs a list with something in it; it is ignored")
            return {}
        parts = [self.schema(spot.below(joined(spot.pointer, n), each)) for n, each in enumerate(spot.value)]
        return {keyword: parts}

    def _named(self, spot: Spot) -> dict[str, Any]:
        if not isinstance(spot.value, dict):
            self._note(spot, "a mapping of names to schemas is expected here; it is ignored")
            return {}
        return {
            name: self.schema(spot.below(joined(spot.pointer, name), each))
            for name, each in spot.value.items()
            if isinstance(each, dict | bool | None)
        }

    def _discriminator(self, spot: Spot) -> dict[str, Any]:
        """With the references of the mapping normalised; bare names are names of schemas."""
        mapping: dict[str, str] = {}
        for tag, target in (spot.value.get("mapping") or {}).items() if isinstance(spot.value, dict) else ():
            reference = str(target)
            if "/" not in reference and "." not in reference:
                reference = f"#/components/schemas/{reference}"
            found = self.library.target(spot, reference)
            if found is not None:
                mapping[str(tag)] = reference_to(self.claim(found, _name_for(found)))
        return {"propertyName": str(spot.value.get("propertyName", "type")), "mapping": mapping}

    def _reference(self, spot: Spot) -> dict[str, Any]:
        target = self.library.target(spot, spot.value["$ref"])
        if target is None:
            return {}
        result: dict[str, Any] = {"$ref": reference_to(self.claim(target, _name_for(target)))}
        beside = {key: value for key, value in spot.value.items() if key != "$ref"}
        if not beside:
            return result
        nullable = beside.pop("nullable", False) is True
        if self.old:
            beside = {key: value for key, value in beside.items() if key in _BESIDE}
        result.update(self.schema(spot.below(spot.pointer, beside)))
        return _nullable(result) if nullable else result

    def _noted_keywords(self, spot: Spot) -> None:
        for keyword in NOT_FOLLOWED:
            if keyword in spot.value:
                self._note(spot, f"`{keyword}` is not supported; anything fits here")

    def _note(self, spot: Spot, message: str) -> None:
        self.library.note(spot.source, spot.pointer, message)


def _type(result: dict[str, Any], note: Any) -> None:
    """Make `type` one that exists; what is often written instead is understood."""
    written = result.get("type")
    if written is None or written in TYPES:
        if "type" in result and written is None:
            del result["type"]
        return
    if isinstance(written, list):
        known = [each if each in TYPES else FOREIGN_TYPES.get(str(each), {}).get("type") for each in written]
        kept = [each for each in known if each is not None]
        if kept == written and kept and len(set(kept)) == len(kept):
            return
        result["type"] = list(dict.fromkeys(kept)) or list(TYPES)
    else:
        meant = FOREIGN_TYPES.get(str(written).lower(), {})
        del result["type"]
        result.update({key: value for key, value in meant.items() if key not in result or key == "type"})
        if str(written).lower() in TYPES:
            result["type"] = str(written).lower()
    note(f"{written!r} is not a type of JSON Schema; read as {result.get('type', 'anything')!r}")


def _old_bounds(result: dict[str, Any]) -> None:
    """`exclusiveMinimum: true` beside `minimum: 1` means `exclusiveMinimum: 1`."""
    for side in ("Minimum", "Maximum"):
        strict = result.get(f"exclusive{side}")
        if isinstance(strict, bool):
            del result[f"exclusive{side}"]
            if strict and side.lower() in result:
                result[f"exclusive{side}"] = result.pop(side.lower())


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, or null."""
    if "enum" in schema and None not in schema["enum"]:
        schema = {**schema, "enum": [*schema["enum"], None]}
    written = schema.get("type")
    if isinstance(written, str):
        return {**schema, "type": written if written == "null" else [written, "null"]}
    if isinstance(written, list):
        return {**schema, "type": [*written, *(["null"] if "null" not in written else [])]}
    if not {"$ref", "allOf", "anyOf", "oneOf", "not", "const"} & schema.keys():
        return schema
    if "anyOf" in schema and not {"$ref", "allOf", "oneOf", "not", "const"} & schema.keys():
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    outside = {key: value for key, value in schema.items() if key in _BESIDE}
    inside = {key: value for key, value in schema.items() if key not in _BESIDE}
    return {**outside, "anyOf": [inside, {"type": "null"}]}


def _name_for(spot: Spot) -> str:
    """A name for what a reference leads to: its own among the named schemas, else one from where it stands."""
    steps = steps_of(spot.pointer)
    if steps[:2] == ["components", "schemas"] and len(steps) == 3:
        return steps[2]
    if not steps:
        return re.sub(r"\W+", "_", spot.source.file.replace("\\", "/").rpartition("/")[2].partition(".")[0]) or "root"
    said = [step for step in steps if step not in ("components", "schemas", "properties", "paths", "content", "schema")]
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", ".".join(said[-4:])).strip("_.") or "schema"
