"""What expressions are made of. Each node gives a value in a scope; what makes no sense gives null."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from worlds.parts.api.expressions.operators import JOINED, figure
from worlds.parts.api.expressions.scope import NOTHING, Found, Resource, Scope


class Node(Protocol):
    """A piece of an expression."""

    def find(self, scope: Scope) -> Found:
        """What it comes to, with the collection that it is a resource of."""
        ...

    def below(self) -> tuple["Node", ...]:
        """The pieces it is made of."""
        ...


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that is written down."""

    value: Any

    def find(self, scope: Scope) -> Found:
        """The value."""
        return Found(self.value)

    def below(self) -> tuple[Node, ...]:
        """Nothing."""
        return ()


@dataclass(frozen=True, slots=True)
class Listed:
    """Several values: `[a, b]`."""

    items: tuple[Node, ...]

    def find(self, scope: Scope) -> Found:
        """The list."""
        return Found([each.find(scope).value for each in self.items])

    def below(self) -> tuple[Node, ...]:
        """Its items."""
        return self.items


@dataclass(frozen=True, slots=True)
class Name:
    """A field of the resource at hand, or one of the scope's own names."""

    name: str

    def find(self, scope: Scope) -> Found:
        """Its value."""
        if self.name == "this":
            return scope.this
        if self.name in scope.named:
            return scope.named[self.name]
        return _field(scope.here, self.name)

    def below(self) -> tuple[Node, ...]:
        """Nothing."""
        return ()


@dataclass(frozen=True, slots=True)
class Step:
    """A field of what stands before the dot. Where that is an id, the resource it names is looked at."""

    of: Node
    name: str

    def find(self, scope: Scope) -> Found:
        """Its value."""
        return _field(entered(self.of, scope), self.name)

    def below(self) -> tuple[Node, ...]:
        """What stands before the dot."""
        return (self.of,)


@dataclass(frozen=True, slots=True)
class Item:
    """A member of a list or mapping: `lines[0]`, `metadata["order"]`."""

    of: Node
    index: Node

    def find(self, scope: Scope) -> Found:
        """Its value."""
        whole, index = self.of.find(scope).value, self.index.find(scope).value
        if isinstance(whole, Mapping) and isinstance(index, str):
            return Found(whole.get(index))
        if isinstance(whole, list) and type(index) is int and -len(whole) <= index < len(whole):
            return Found(whole[index])
        return NOTHING

    def below(self) -> tuple[Node, ...]:
        """List and index."""
        return (self.of, self.index)


@dataclass(frozen=True, slots=True)
class Both:
    """Two values and what joins them; `and`, `or` and `??` look at the second only where it matters."""

    sign: str
    left: Node
    right: Node

    def find(self, scope: Scope) -> Found:
        """What they come to."""
        left = self.left.find(scope)
        if self.sign == "and":
            return Found(bool(left.value) and bool(self.right.find(scope).value))
        if self.sign == "or":
            return Found(bool(left.value) or bool(self.right.find(scope).value))
        if self.sign == "??":
            return self.right.find(scope) if left.value is None else left
        return Found(JOINED[self.sign](left.value, self.right.find(scope).value))

    def below(self) -> tuple[Node, ...]:
        """Both sides."""
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    of: Node

    def find(self, scope: Scope) -> Found:
        """True or false."""
        return Found(not self.of.find(scope).value)

    def below(self) -> tuple[Node, ...]:
        """What is denied."""
        return (self.of,)


@dataclass(frozen=True, slots=True)
class Called:
    """A function of values."""

    name: str
    function: Callable[..., Any]
    arguments: tuple[Node, ...]

    def find(self, scope: Scope) -> Found:
        """What it gives."""
        return Found(self.function(scope, *(each.find(scope).value for each in self.arguments)))

    def below(self) -> tuple[Node, ...]:
        """Its arguments."""
        return self.arguments


@dataclass(frozen=True, slots=True)
class Gathered:
    """A figure over members of a collection or list: `sum(amount of refunds where charge = this.id)`."""

    what: str
    of: Node | None
    collection: str
    """A collection; or empty, and then `list` is gone through."""
    list: Node | None
    where: Node | None

    def find(self, scope: Scope) -> Found:
        """The figure."""
        inside = [scope.within(each, self.collection) for each in self._members(scope)]
        kept = [each for each in inside if self.where is None or self.where.find(each).value]
        if self.what == "count":
            return Found(len(kept))
        if self.what == "any":
            return Found(any(self.of is None or self.of.find(each).value for each in kept))
        if self.what == "all":
            return Found(all(self.of is None or self.of.find(each).value for each in kept))
        return Found(figure(self.what, [self.of.find(each).value for each in kept] if self.of else []))

    def below(self) -> tuple[Node, ...]:
        """Its pieces."""
        return tuple(each for each in (self.of, self.list, self.where) if each)

    def _members(self, scope: Scope) -> Iterator[Resource]:
        if self.list is None and scope.around.knows(self.collection):
            return iter(scope.around.members(self.collection, wanted_values(self.where, scope)))
        items = (self.list or Name(self.collection)).find(scope).value
        items = items if isinstance(items, list | tuple) else ()
        return (each if isinstance(each, Mapping) else {"it": each} for each in items if each is not None)


def entered(node: Node, scope: Scope) -> Found:
    """What a node comes to; where that is the id of a resource, the resource."""
    found = node.find(scope)
    if isinstance(found.value, Mapping) or found.value is None:
        return found
    owner, name = _owner(node, scope)
    return scope.around.follow(owner.collection, name, found.value) if owner.collection else found


def _owner(node: Node, scope: Scope) -> tuple[Found, str]:
    if isinstance(node, Name):
        return (NOTHING if node.name in scope.named else scope.here), node.name
    if isinstance(node, Step):
        return entered(node.of, scope), node.name
    return NOTHING, ""


def wanted_values(where: Node | None, scope: Scope) -> dict[str, Any]:
    """The fields of members that a condition wants to equal something that is known before looking at them."""
    if isinstance(where, Both) and where.sign == "and":
        return wanted_values(where.left, scope) | wanted_values(where.right, scope)
    if isinstance(where, Both) and where.sign == "=":
        for field, other in ((where.left, where.right), (where.right, where.left)):
            if isinstance(field, Name) and field.name not in scope.named and _is_outside(other, scope):
                return {field.name: other.find(scope).value}
    return {}


def _is_outside(node: Node, scope: Scope) -> bool:
    """Whether a node says the same for every member."""
    if isinstance(node, Name):
        return node.name == "this" or node.name in scope.named
    return all(_is_outside(each, scope) for each in node.below())


def _field(found: Found, name: str) -> Found:
    return Found(found.value.get(name)) if isinstance(found.value, Mapping) else NOTHING
