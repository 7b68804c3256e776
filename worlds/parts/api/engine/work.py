"""What is at hand while one call is carried out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from worlds.agenda import Wish
from worlds.parts.api.engine.callers import Caller
from worlds.parts.api.engine.definition import Definition
from worlds.parts.api.engine.kind import Kind
from worlds.parts.api.engine.store import Store
from worlds.parts.api.expressions.scope import NOTHING, Found, Scope
from worlds.records import Record


@dataclass(frozen=True, slots=True)
class Work:
    """One call: the service, its resources, who calls, and the names that expressions may use."""

    service: Definition
    store: Store
    caller: Caller = field(default_factory=Caller)
    named: Mapping[str, Found] = field(default_factory=dict)
    triggers: tuple[str, ...] = ()
    """Further names under which rules and code know what is done: the operation's id."""

    @property
    def now_ns(self) -> int:
        """The world's time."""
        return self.store.moment.now_ns

    def scope(self, kind: Kind, here: Record | None, old: Record | None = None, **more: Found) -> Scope:
        """The names of expressions about one resource."""
        found = NOTHING if here is None else Found(here, kind.name)
        before = Found(old, kind.name) if old is not None else NOTHING
        named = {"caller": Found(self.caller.shown()), "old": before, **self.named, **more}
        return Scope(self.store, found, found, named)

    def with_names(self, **values: Any) -> "Work":
        """The same with more names."""
        return replace(self, named={**self.named, **{name: Found(value) for name, value in values.items()}})

    def wish(self, wish: Wish) -> None:
        """Ask for something to happen later."""
        self.store.moment.later.append(wish)
