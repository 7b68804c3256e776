"""One collection as the engine works with it: what was inferred, with what the rules say laid over it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from worlds.parts.api.document import Schema
from worlds.parts.api.engine.variants import Variant
from worlds.parts.api.inference import Collection, IdStyle, Relation, Stamp
from worlds.parts.api.places import value_at
from worlds.parts.api.rules import CollectionRules, DeleteRule, IdRule, RelationRule, StateRule

DELETED: Final = "_deleted"
"""The field of a resource that was deleted and kept: when it was."""
_EVERYWHERE: Final = frozenset({"prefixed", "uuid", "letters", "hex", "digits"})
"""Styles of ids that no two resources share, whatever they belong to."""


@dataclass(frozen=True)
class Kind:
    """A collection. Everything in it is fixed when the service is built."""

    collection: Collection
    rules: CollectionRules
    schema: Schema
    """The resource's schema, references at the top resolved."""
    properties: Mapping[str, Schema]
    """Its properties, those of `allOf` members included; each resolved."""
    required: tuple[str, ...]
    tenant: str = ""
    """The field that says whose a resource is."""
    children: tuple[tuple[str, str, RelationRule], ...] = field(default=())
    """Collection, field and rule of those who name resources of this one."""
    variants: tuple[Variant, ...] = field(default=())
    """The shapes between which a resource has the choice; none where there is one alone."""

    @property
    def name(self) -> str:
        """The name of the collection and of its table."""
        return self.collection.name

    @cached_property
    def title(self) -> str:
        """What one of them is called."""
        return self.collection.title or self.name.removesuffix("s")

    @cached_property
    def id_field(self) -> str:
        """The field with the own id; empty for a single resource."""
        return self.rules.id_field or self.collection.id_field

    @cached_property
    def style(self) -> IdStyle:
        """How ids look."""
        return _styled(self.rules.id) if self.rules.id else self.collection.id

    @cached_property
    def is_global(self) -> bool:
        """Whether the id alone tells a resource from all others of the collection."""
        if self.rules.id and self.rules.id.per:
            return False
        counted = self.style.kind == "integer" and self.id_field.rpartition(".")[2] == "id"
        return counted or self.style.kind in _EVERYWHERE or len(self.collection.keys) <= 1

    @cached_property
    def states(self) -> StateRule | None:
        """How a resource moves from state to state."""
        return self.rules.states

    @cached_property
    def delete(self) -> DeleteRule:
        """What deleting does."""
        return self.rules.delete

    @cached_property
    def relations(self) -> Mapping[str, Relation]:
        """Field to what it names."""
        inferred = {each.field: each for each in self.collection.relations}
        for name, rule in self.rules.relations.items():
            if rule is None:
                inferred.pop(name, None)
            else:
                old = inferred.get(name)
                inferred[name] = Relation(name, rule.to, old.target if old and old.to == rule.to else "id")
        return inferred

    @cached_property
    def read_only(self) -> frozenset[str]:
        """Fields that callers cannot set."""
        own = {self.id_field} if self.id_field and self.style.kind != "name" else set()
        stamps = {each.field for each in self.stamps if each.on in ("create", "update")}
        return frozenset({*self.collection.read_only, *self.rules.read_only, *own, *stamps})

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Fields that are kept with a resource and not shown."""
        keys = {key.field for key in self.collection.keys if key.hidden}
        tenant = {self.tenant} if self.tenant and self.tenant not in self.properties else set()
        own = {self.id_field} if self.collection.id_hidden and not self.rules.id_field else set()
        return frozenset({DELETED, *keys, *own, *tenant, *self.collection.write_only, *self.rules.write_only})

    @cached_property
    def stamps(self) -> tuple[Stamp, ...]:
        """Fields with times that the service keeps."""
        named = {"create": self.rules.created, "update": self.rules.updated}
        kept = tuple(each for each in self.collection.stamps if not named.get(each.on))
        return kept + tuple(
            Stamp(name, on, _form(self.properties.get(name, {})))  # type: ignore[arg-type]
            for on, name in named.items()
            if name
        )

    @cached_property
    def unique(self) -> tuple[tuple[str, ...], ...]:
        """Lists of fields that no two resources share."""
        inferred = [(each,) for each in self.collection.unique]
        declared = [(each,) if isinstance(each, str) else tuple(each) for each in self.rules.unique]
        return tuple(dict.fromkeys([*declared, *inferred]))

    @cached_property
    def indexes(self) -> tuple[str, ...]:
        """Top-level fields by which resources are found quickly."""
        keys = [key.field for key in self.collection.keys if key.collection]
        wanted = [*keys, *self.relations, *(names[0] for names in self.unique), *self.rules.indexes, self.tenant]
        states = [self.states.field] if self.states else [self.collection.state]
        own = [self.id_field] if not self.is_global else []
        return tuple(
            dict.fromkeys(each for each in [*wanted, *states, *own] if each and "." not in each and "[" not in each)
        )

    def key_of(self, record: Mapping[str, Any]) -> str:
        """The key under which a resource is kept."""
        if self.collection.single:
            return "/".join(str(value_at(record, key.field)) for key in self.collection.keys) or "only"
        if self.is_global:
            return str(value_at(record, self.id_field))
        return "/".join(str(value_at(record, key.field)) for key in self.collection.keys)


def _styled(rule: IdRule) -> IdStyle:
    kinds: Mapping[str, Any] = {
        "prefixed": "prefixed",
        "integer": "integer",
        "uuid": "uuid",
        "hex": "hex",
        "name": "name",
    }
    return IdStyle(kinds[rule.style], rule.prefix, rule.length, rule.style != "integer", rule.start)


def _form(schema: Schema) -> str:
    types = schema.get("type")
    names = types if isinstance(types, list) else [types]
    if "integer" in names or "number" in names:
        return "seconds"
    return "date" if schema.get("format") == "date" else "date-time"
