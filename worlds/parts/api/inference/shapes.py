"""What lies in a schema: its fields through `allOf` and choices, and the resource or list inside an envelope."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from worlds.parts.api.document.document import Document, name_of
from worlds.parts.api.document.operation import Schema
from worlds.parts.api.inference.naming import plain, singular

_DEPTH_MAX: Final = 12
_CHOICES_DEPTH_MAX: Final = 4
_LIST_NAMES: Final = ("data", "items", "results", "values", "records", "entries", "content", "list", "rows", "elements")
_ITEM_NAMES: Final = ("data", "result", "item", "response", "resource", "payload", "record", "attributes")
_AROUND: Final = re.compile(
    r"^(ok|success|status|message|messages|errors?|meta|metadata|links?|_links|paging|pagination|page|pages|page_.*|"
    r"has_.*|is_last|more|next|next_.*|prev|prev.*|previous.*|first.*|last|last_.*|total.*|count|.*_count|limit|offset|"
    r"start|start_at|end|size|number.*|per_page|cursor.*|object|kind|type|url|uri|href|self|api_version|included|"
    r"request_id|timestamp|time|response_metadata|continuation.*|warnings?|max_results|order|sort|query|incomplete_.*|"
    r"num_.*|expand|facets|code|version|sync|jsonapi|updated|name|cache_ts|latest|empty|numberofelements)$"
)


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A resource or a list of resources in an answer."""

    place: str
    """The path to it, with dots; empty for the answer itself."""
    schema: Schema
    """Of the resource (of one in the list)."""
    is_list: bool


@dataclass(slots=True)
class Shapes:
    """Looks into the schemas of one document, remembering what was found."""

    document: Document
    _fields: dict[int, tuple[Schema, dict[str, Schema]]] = field(default_factory=dict)

    def name(self, schema: Schema) -> str:
        """The name of the schema that is referred to, through choices of one; empty where it has none."""
        for _ in range(_DEPTH_MAX):
            if "$ref" in schema:
                found = name_of(schema["$ref"])
                target = self.document.schemas.get(found, {})
                if "$ref" not in target:
                    return found
                schema = target
                continue
            inner = self._only(schema)
            if inner is None:
                return ""
            schema = inner
        return ""

    def core(self, schema: Schema) -> Schema:
        """The schema of the resource itself: behind references, and the likeliest of several choices."""
        for _ in range(_DEPTH_MAX):
            schema = self.document.resolve(schema)
            inner = self._only(schema)
            if inner is None:
                return schema
            schema = inner
        return schema

    def _only(self, schema: Schema) -> Schema | None:
        """The one schema that a choice comes down to: null, texts and what is deleted aside."""
        if schema.get("properties"):
            return None
        if len(schema.get("allOf", ())) == 1:
            return dict(schema["allOf"][0])
        for keyword in ("anyOf", "oneOf"):
            likely = [each for each in schema.get(keyword, ()) if self._is_likely(each)]
            if likely and "allOf" not in schema:
                return dict(likely[0])
        return None

    def _is_likely(self, choice: Schema) -> bool:
        if "$ref" in choice:
            name = name_of(choice["$ref"]).lower()
            return not re.search(r"delet|error", name)
        return choice.get("type") not in ("null", "string", "integer", "number", "boolean")

    def fields(self, schema: Schema) -> Mapping[str, Schema]:
        """The properties of a schema, those of all it is made of included; choices are laid over each other."""
        core = self.core(schema)
        known = self._fields.get(id(core))
        if known is None or known[0] is not core:
            known = (core, self._collected(core, 0))
            self._fields[id(core)] = known
        return known[1]

    def _collected(self, schema: Schema, depth: int) -> dict[str, Schema]:
        found: dict[str, Schema] = {}
        if depth > _DEPTH_MAX:
            return found
        for part in schema.get("allOf", ()):
            found.update(self._collected(self.document.resolve(part), depth + 1))
        for keyword in ("anyOf", "oneOf"):
            for part in schema.get(keyword, ()):
                for name, each in self._collected(self.document.resolve(part), depth + 1).items():
                    found.setdefault(name, each)
        found.update({name: each for name, each in schema.get("properties", {}).items() if isinstance(each, Mapping)})
        return found

    def required(self, schema: Schema, depth: int = 0) -> frozenset[str]:
        """The fields that must be there, through `allOf`."""
        resolved = self.core(schema) if depth == 0 else self.document.resolve(schema)
        found = set(resolved.get("required", ()))
        for part in resolved.get("allOf", ()) if depth < _DEPTH_MAX else ():
            found |= self.required(part, depth + 1)
        return frozenset(found)

    def kinds(self, schema: Schema, depth: int = 0) -> frozenset[str]:
        """The JSON types that a schema allows, as far as it says so; empty where it does not."""
        resolved = self.document.resolve(schema)
        written = resolved.get("type")
        if written is not None:
            return frozenset([written] if isinstance(written, str) else written)
        found: set[str] = {"object"} if "properties" in resolved else set()
        for keyword in ("anyOf", "oneOf", "allOf") if depth < _CHOICES_DEPTH_MAX else ():
            for part in resolved.get(keyword, ())[:20]:
                found |= self.kinds(part, depth + 1)
        if not found and "enum" in resolved and all(isinstance(each, str) for each in resolved["enum"]):
            found.add("string")
        return frozenset(found)

    def is_object(self, schema: Schema) -> bool:
        """Whether it is an object with fields of its own."""
        return bool(self.fields(schema))

    def items(self, schema: Schema) -> Schema | None:
        """The schema of what an array holds; None for what is no array."""
        core = self.core(schema)
        if "array" not in self.kinds(core) and "items" not in core:
            return None
        inner = core.get("items", {})
        return inner if isinstance(inner, Mapping) else {}

    def unwrap(self, schema: Schema | None, word: str) -> Wrapped | None:
        """The resource, or the list, in an answer of a path whose last word is given; None without a schema."""
        if schema is None:
            return None
        items = self.items(schema)
        if items is not None:
            return Wrapped("", items, True)
        fields = self.fields(schema)
        if not fields:
            return None
        listed = self._list_in(fields, word)
        if listed is not None:
            return listed
        return self._single_in(fields, word) or Wrapped("", schema, False)

    def _list_in(self, fields: Mapping[str, Schema], word: str) -> Wrapped | None:
        lists = {name: items for name, each in fields.items() if (items := self.items(each)) is not None}
        rest = [name for name in fields if name not in lists]
        around = all(_AROUND.match(plain(name)) for name in rest)
        named = next((name for name in lists if plain(name) in (plain(word), singular(word) + "s")), None)
        usual = next((name for name in _LIST_NAMES if name in lists), None)
        chosen = named or usual
        if chosen is not None and (around or not {"id", "name"} & set(rest)) and (around or len(rest) <= 4):
            return Wrapped(chosen, lists[chosen], True)
        objects = [name for name, items in lists.items() if self.is_object(items)]
        if around and len(objects) == 1 and "id" not in fields and "name" not in fields:
            return Wrapped(objects[0], lists[objects[0]], True)
        return self._deeper_list(fields, rest, word)

    def _deeper_list(self, fields: Mapping[str, Schema], rest: list[str], word: str) -> Wrapped | None:
        """`{data: {items: [...]}}`, `{_embedded: {orders: [...]}}`."""
        for name in rest:
            if plain(name) in ("data", "embedded", "result", "response") and "id" not in fields:
                inner = self.fields(fields[name])
                if inner and len(inner) <= 8 and "id" not in inner:
                    listed = self._list_in(inner, word) if plain(name) != name or inner else None
                    if listed is not None:
                        return Wrapped(f"{name}.{listed.place}", listed.schema, True)
        return None

    def _single_in(self, fields: Mapping[str, Schema], word: str) -> Wrapped | None:
        objects = [name for name, each in fields.items() if self.is_object(each)]
        names = (*_ITEM_NAMES, singular(word), plain(word))
        named = [name for name in objects if plain(name) in names]
        rest = [name for name in fields if name not in named]
        if len(named) == 1 and "id" not in fields and all(_AROUND.match(plain(name)) for name in rest):
            return Wrapped(named[0], fields[named[0]], False)
        only = [name for name in objects if not _AROUND.match(plain(name))]
        if len(only) == 1 and len(fields) == 1:
            return Wrapped(only[0], fields[only[0]], False)
        return None

    def choices(self, schema: Schema, depth: int = 0) -> Iterator[Schema]:
        """A schema and everything that it offers instead, a few deep."""
        yield schema
        for keyword in ("anyOf", "oneOf", "allOf") if depth < _CHOICES_DEPTH_MAX and "$ref" not in schema else ():
            for part in schema.get(keyword, ())[:20]:
                yield from self.choices(part, depth + 1)

    def leaves(self, schema: Schema, depth_max: int = 2) -> Iterator[tuple[str, Schema]]:
        """Every field with its path, to a depth; elements of lists as `name[]`."""
        yield from self._leaves(schema, "", depth_max)

    def _leaves(self, schema: Schema, prefix: str, depth: int) -> Iterator[tuple[str, Schema]]:
        for name, each in self.fields(schema).items():
            yield prefix + name, each
            items = self.items(each)
            inner, path = (each, prefix + name) if items is None else (items, f"{prefix}{name}[]")
            if items is not None:
                yield path, items
            if depth > 1 and self.is_object(inner) and not self.name(inner):
                yield from self._leaves(inner, path + ".", depth - 1)


def same_shape(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Whether two sets of fields are mostly those of one thing, one perhaps shortened."""
    small, large = sorted((set(first), set(second)), key=len)
    shared = small & large
    kinds = (
        (first[name].get("enum"), second[name].get("enum")) for name in ("object", "kind", "type") if name in shared
    )
    if any(a and b and not {*map(str, a)} & {*map(str, b)} for a, b in kinds):
        return False
    return bool(small) and len(shared) >= 0.6 * len(small)
