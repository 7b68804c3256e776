"""A service as it is served: its document, collections, rules and code. Immutable, shared by all its worlds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from worlds.parts.api.checking import Checker
from worlds.parts.api.consequences import Effect
from worlds.parts.api.document import Document, Operation
from worlds.parts.api.engine.callers import Door
from worlds.parts.api.engine.kind import Kind
from worlds.parts.api.engine.router import Router
from worlds.parts.api.engine.store import BUCKETS, COUNTERS, REPEATS
from worlds.parts.api.hooks import Service
from worlds.parts.api.inference import Role
from worlds.parts.api.rules import IdempotencyRules, Key, Rules
from worlds.records import Table


@dataclass(frozen=True)
class Definition:
    """Everything about a service that does not change while it is used."""

    document: Document
    kinds: Mapping[str, Kind]
    rules: Rules
    keys: Mapping[str, Key]
    """Those of the rules and those of the world file."""
    code: Service = field(default_factory=Service)
    origin: Mapping[str, Any] = field(default_factory=dict)
    """What a snapshot needs to find this service again."""

    @cached_property
    def router(self) -> Router:
        """Finds operations by method and path."""
        return Router(self.document.operations, self.document.base_path)

    @cached_property
    def checker(self) -> Checker:
        """Holds values against the document's schemas."""
        return Checker(self.document)

    @cached_property
    def plans(self) -> dict[str, Any]:
        """How believable values of schemas are made, once that was found out."""
        return {}

    @cached_property
    def door(self) -> Door:
        """Lets callers in."""
        return Door(self.document.security_schemes, self.rules.auth, self.keys, self.rules.tenants)

    @cached_property
    def roles(self) -> Mapping[str, tuple[Kind, Role]]:
        """Operation id to the collection that it is about, and what it does there."""
        return {role.operation: (kind, role) for kind in self.kinds.values() for role in kind.collection.roles}

    @cached_property
    def effects(self) -> Mapping[str, tuple[Effect, ...]]:
        """By each name that they listen to."""
        found: dict[str, tuple[Effect, ...]] = {}
        for effect in self.rules.effects:
            for name in (effect.on,) if isinstance(effect.on, str) else effect.on:
                found[name] = (*found.get(name, ()), effect)
        return found

    @cached_property
    def idempotency(self) -> IdempotencyRules | None:
        """As declared; or by the header that the document names."""
        if self.rules.idempotency is not None:
            return self.rules.idempotency
        for operation in self.document.operations:
            for each in operation.parameters:
                if each.place == "header" and each.name.lower().replace("x-", "") == "idempotency-key":
                    return IdempotencyRules(header=each.name, required=False)
        return None

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """What is kept: each collection, and what is counted and remembered beside them."""
        shown = [Table(kind.name, kind.indexes) for kind in self.kinds.values()]
        return (*shown, *(Table(name, hidden=True) for name in (COUNTERS, BUCKETS, REPEATS)))

    def usual_scope(self, operation: Operation) -> str:
        """The scope that reading or writing the operation's collection needs; empty where rules name none."""
        kind, role = self.roles.get(operation.id, (None, None))
        if kind is None or role is None:
            return ""
        return kind.rules.scopes.get("read" if role.does in ("list", "read") else "write", "")

    def names_of(self, operation: Operation) -> tuple[str, ...]:
        """What rules may call an operation: its id, or collection and verb."""
        found = self.roles.get(operation.id)
        if found is None:
            return (operation.id,)
        kind, role = found
        verb = {"list": "read", "replace": "update", "patch": "update", "action": "update"}.get(role.does, role.does)
        return (operation.id, f"{kind.name}.{role.does}", f"{kind.name}.{verb}")
