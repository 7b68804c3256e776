"""A schema made into a plan: for each field what makes its values, decided once and not for each resource."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from worlds.parts.api.document.document import Document, name_of
from worlds.parts.api.document.operation import Schema
from worlds.parts.api.inference.facts import form_of
from worlds.parts.api.inference.naming import plain, singular
from worlds.parts.api.inference.shapes import Shapes
from worlds.parts.api.seeding.filling import Filling, Make
from worlds.parts.api.seeding.scalars import (
    choice_maker,
    flag_maker,
    number_maker,
    text_field,
    time_maker,
)

_FIELDS_MAX: Final = 400
"""How many fields one resource has at most, all that is within it included."""
_DEPTH_MAX: Final = 8
_SHOWN_DEPTH: Final = 2
"""To what depth optional fields are filled in."""
_OPTIONAL_MAX: Final = 12
"""How many optional fields a thing within a resource has."""
_LIST_MAX: Final = 3
_TRIES: Final = 40
_ABSENT: Final = object()
_COUNTED: Final = frozenset(("boolean", "integer", "number", "array"))
_TELLING: Final = ("id", "gid", "sid", "uid", "uuid", "key", "name", "login", "title", "type", "resource_type", "email")
_TELLING_MAX: Final = 4
"""What is shown of things far within, of which nothing is required."""
_EMPTY: Final = re.compile(
    r"fail|error|delet|cancel|disput|refund|revers|expir|archiv|suspend|next_|previous|parent|reason|discount|ended|closed"
)


def _from_fields(filling: Filling) -> Any:
    raise AssertionError("objects are made from their fields")


@dataclass(slots=True)
class Plan:
    """How the value of one schema is made."""

    make: Make
    fields: dict[str, "Plan"] = field(default_factory=dict)
    """Of an object: its fields; they may be taken out or exchanged later."""
    items: "Plan | None" = None
    required: frozenset[str] = frozenset()
    spare: Callable[[], "Plan | None"] | None = None
    """The next best plan, where this one's values turn out not to fit."""


@dataclass(slots=True)
class Planner:
    """Makes plans for the schemas of one document."""

    document: Document
    shapes: Shapes
    count: int = 0
    open_names: list[str] = field(default_factory=list)

    def plan(self, schema: Schema, title: str) -> Plan:
        """The plan for a resource."""
        self.count = 0
        return self._plan(schema, title, title, 0)

    def _plan(self, schema: Schema, name: str, title: str, depth: int) -> Plan:
        self.count += 1
        names = [name_of(schema["$ref"])] if "$ref" in schema else []
        if names and (names[0] in self.open_names or depth > _DEPTH_MAX):
            return self._least(schema)
        self.open_names += names
        try:
            return self._resolved(self._merged(self.document.resolve(schema), 0), name, title, depth)
        finally:
            del self.open_names[len(self.open_names) - len(names) :]

    def within(self, schema: Schema, name: str, title: str, depth: int) -> Plan:
        """The plan for something inside a resource."""
        return self._plan(schema, name, title, depth)

    def _least(self, schema: Schema) -> Plan:
        """The smallest value: for what would contain itself."""
        kinds = self.shapes.kinds(schema)
        if "null" in kinds:
            return Plan(lambda filling: None)
        if "array" in kinds:
            return Plan(lambda filling: [])
        if "string" in kinds:
            return Plan(lambda filling: "")
        return Plan(lambda filling: {})

    def _merged(self, schema: Schema, depth: int) -> Schema:
        """A schema with all that `allOf` says laid into one."""
        if "allOf" not in schema or depth > _DEPTH_MAX:
            return schema
        result: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
        for part in schema["allOf"]:
            inner = self._merged(self.document.resolve(part), depth + 1)
            properties = {**inner.get("properties", {}), **result.get("properties", {})}
            required = [*result.get("required", ()), *inner.get("required", ())]
            result = {**inner, **result}
            if properties:
                result["properties"] = properties
            if required:
                result["required"] = required
        return result

    def _resolved(self, schema: Schema, name: str, title: str, depth: int) -> Plan:
        if "const" in schema:
            return Plan(lambda filling: schema["const"])
        if schema.get("enum"):
            return Plan(choice_maker(schema["enum"], name))
        for keyword in ("oneOf", "anyOf"):
            if keyword in schema and "properties" not in schema:
                return self._chosen(schema, schema[keyword], name, title, depth)
        kinds = self.shapes.kinds(schema) - {"null"}
        if "object" in kinds or "properties" in schema:
            return self._object(schema, name, depth)
        if "array" in kinds or "items" in schema:
            return self._list(schema, name, title, depth)
        return self._scalar(schema, kinds, name, title)

    def _chosen(self, schema: Schema, choices: list[Schema], name: str, title: str, depth: int) -> Plan:
        """One of several: a text before an object within a resource, and the others in reserve."""
        likely = [each for each in choices if each.get("type") != "null"] or list(choices)
        if depth > 0:
            likely.sort(key=lambda each: "$ref" in each or bool(self.shapes.fields(each)))
        likely += [each for each in choices if each.get("type") == "null" and each not in likely]
        outside = {key: value for key, value in schema.items() if key in ("properties", "required", "type")}

        def nth(number: int) -> Plan | None:
            if number >= len(likely):
                return None
            choice = {"allOf": [likely[number]], **outside} if "properties" in outside else likely[number]
            found = self._plan(choice, name, title, depth)
            found.spare = lambda: nth(number + 1)
            return found

        return nth(0) or self._least(schema)

    def _object(self, schema: Schema, name: str, depth: int) -> Plan:
        properties: Mapping[str, Schema] = schema.get("properties", {})
        required = frozenset(schema.get("required", ())) & properties.keys()
        plan = Plan(_from_fields, required=required)
        fixed = _kubernetes(schema)
        for key in self._filled(properties, required, depth):
            if key in fixed:
                plan.fields[key] = Plan(choice_maker([fixed[key]], key))
                continue
            plan.fields[key] = self._field(properties[key], key, name, depth, key in required)
        for key in schema.get("required", ()):
            if key not in properties:
                extra = schema.get("additionalProperties")
                plan.fields[key] = self._plan(extra if isinstance(extra, dict) else {}, key, name, depth + 1)
        return Plan(_map_maker(self, schema, name, depth)) if not plan.fields and not properties else plan

    def _filled(self, properties: Mapping[str, Schema], required: frozenset[str], depth: int) -> list[str]:
        """Which fields are filled in: all of a resource, fewer further within, fewer still once there are many."""
        shown: list[str] = []
        optional = 0
        for key, schema in properties.items():
            if schema.get("writeOnly") is True or schema == {"not": {}}:
                continue
            if key in required:
                shown.append(key)
                continue
            large = self.shapes.is_object(schema) or self.shapes.items(schema) is not None
            few = depth == 0 or (optional < _OPTIONAL_MAX and not (large and depth >= _SHOWN_DEPTH - 1))
            if depth < _SHOWN_DEPTH and few and self.count < _FIELDS_MAX:
                optional += 1
                shown.append(key)
        return shown or [key for key in properties if plain(key) in _TELLING][:_TELLING_MAX]

    def _field(self, schema: Schema, key: str, title: str, depth: int, needed: bool) -> Plan:
        inner = self._plan(schema, key, singular(title), depth + 1)
        kinds = self.shapes.kinds(schema)
        if "null" not in kinds:
            return inner if needed or not _EMPTY.search(plain(key)) or kinds & _COUNTED else _seldom(inner, key)
        share = 0.9 if _EMPTY.search(plain(key)) else 0.15
        filled, salt = inner.make, f"null.{key}"
        if filled is _from_fields or inner.items is not None:
            return inner if needed or share < 0.5 else Plan(lambda filling: None)
        inner.make = lambda filling: None if filling.luck.unit(salt) < share else filled(filling)
        return inner

    def _list(self, schema: Schema, name: str, title: str, depth: int) -> Plan:
        if schema.get("prefixItems"):
            parts = [self._plan(each, name, title, depth + 1) for each in schema["prefixItems"]]
            return Plan(lambda filling: [made(part, filling.within(f"{n}", {}, title)) for n, part in enumerate(parts)])
        low = int(schema.get("minItems", 0))
        most = _LIST_MAX if depth <= _SHOWN_DEPTH else 1
        high = max(low, min(int(schema.get("maxItems", most)), most))
        items = self._plan(schema.get("items", {}) or {"type": "string"}, singular(name), title, depth + 1)
        plan = Plan(_from_fields, items=items)
        plan.make = _list_maker(plan, low, high, name, schema.get("uniqueItems") is True)
        return plan

    def _scalar(self, schema: Schema, kinds: frozenset[str], name: str, title: str) -> Plan:
        form = form_of(self.shapes, schema, plain(name))
        if form is not None and "pattern" not in schema and "minimum" not in schema:
            return Plan(time_maker(form, name))
        if "string" in kinds:
            return Plan(text_field(schema, name, title))
        if kinds & {"integer", "number"}:
            return Plan(number_maker(schema, name, "integer" in kinds and "number" not in kinds))
        if "boolean" in kinds:
            return Plan(flag_maker(name))
        if not kinds and self.shapes.kinds(schema):
            return Plan(lambda filling: None)
        shown = schema.get("examples")
        return Plan(choice_maker(shown, name)) if shown else Plan(text_field(schema, name, title))


def made(plan: Plan, filling: Filling) -> Any:
    """A value by a plan."""
    if plan.make is not _from_fields:
        return plan.make(filling)
    row: dict[str, Any] = {}
    inner = filling.within("", row, filling.title)
    for name, each in plan.fields.items():
        value = made(each, inner if each.make is not _from_fields else inner.within(name, {}, name))
        if value is not _ABSENT:
            row[name] = value
    return row


def _seldom(plan: Plan, key: str) -> Plan:
    """A field that is mostly not there: why something failed, when it was deleted."""
    filled, salt = plan, f"seldom.{key}"
    return Plan(lambda filling: made(filled, filling) if filling.luck.unit(salt) < 0.1 else _ABSENT)


def _kubernetes(schema: Schema) -> dict[str, str]:
    """What Kubernetes' descriptions say about a resource's kind beside its schema."""
    said = schema.get("x-kubernetes-group-version-kind")
    first = said[0] if isinstance(said, list) and said and isinstance(said[0], dict) else {}
    if not {"kind", "version"} <= first.keys():
        return {}
    group = f"{first['group']}/" if first.get("group") else ""
    return {"apiVersion": f"{group}{first['version']}", "kind": str(first["kind"])}


def _list_maker(plan: Plan, low: int, high: int, name: str, unique: bool) -> Make:
    def make(filling: Filling) -> list[Any]:
        assert plan.items is not None, "a list has items"
        count = low + filling.luck.below(high - low + 1, f"count.{name}")
        found = [made(plan.items, filling.within(f"{name}.{n}", {}, filling.title)) for n in range(count)]
        if not unique:
            return found
        more = (
            made(plan.items, filling.within(f"{name}.{n}", {}, filling.title)) for n in range(count, count + _TRIES)
        )
        return _distinct(found, more, low)

    return make


def _distinct(values: list[Any], more: Iterator[Any], low: int) -> list[Any]:
    """Each value once, with more where too few are left."""
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    while len(found) < low and (value := next(more, _ABSENT)) is not _ABSENT:
        if value not in found:
            found.append(value)
    return found


def _map_maker(planner: Planner, schema: Schema, name: str, depth: int) -> Make:
    """Objects whose fields are free: none, or a few where there have to be some."""
    low = int(schema.get("minProperties", 0))
    extra = schema.get("additionalProperties")
    if not low or depth > _DEPTH_MAX:
        return lambda filling: {}
    inner = planner.within(extra if isinstance(extra, dict) else {"type": "string"}, name, name, depth + 1)
    return lambda filling: {f"key_{n + 1}": made(inner, filling.within(f"m{n}", {}, name)) for n in range(low)}
