"""What an expression is about: the resource at hand, and how others are found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """A value, and the collection it is a resource of; "" where it is just a value."""

    value: Any
    collection: str = ""


NOTHING = Found(None)


class Surroundings(Protocol):
    """Where expressions look for what is not in the resource at hand."""

    def follow(self, collection: str, field: str, value: Any) -> Found:
        """The resource that a field of a collection's resource names; NOTHING where it names none."""
        ...

    def knows(self, collection: str) -> bool:
        """Whether there is a collection of that name."""
        ...

    def members(self, collection: str, equal: Mapping[str, Any]) -> Iterable[Resource]:
        """The resources of a collection that have these values; costs little where one of the fields is indexed."""
        ...

    def now_ns(self) -> int:
        """The world's time."""
        ...

    def letters(self, count: int) -> str:
        """Letters and digits from the world's chance, others at each asking."""
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that an expression may use."""

    around: Surroundings
    here: Found = NOTHING
    """Its fields are names of their own."""
    this: Found = NOTHING
    """The resource outside of a sum over others."""
    named: Mapping[str, Found] = field(default_factory=dict)
    """Further names: old, body, path, query, caller, operation."""

    def within(self, item: Resource, collection: str) -> "Scope":
        """The scope for one member of a collection; `this` stays what it was outside."""
        return replace(self, here=Found(item, collection))

    def about(self, item: Resource, collection: str) -> "Scope":
        """The scope for another resource at hand."""
        found = Found(item, collection)
        return replace(self, here=found, this=found)
