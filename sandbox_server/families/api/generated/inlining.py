"""References in schemas replaced by what they lead to, as far as that ends and stays small.

What a definition comes to is found once and shared by all schemas that refer to it, however often it is shown.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from sandbox_server.families.api.generated.spelling import DEFS

_NODES_MAX: Final = 100_000
_DEPTH_MAX: Final = 128
"""What a schema may come to; beyond it, references stay."""


class _Measured(NamedTuple):
    value: Any
    nodes: int
    depth: int


class _Endless(Exception):
    """A reference leads to itself, to nothing, or to too much."""


class Inliner:
    """The definitions of one description, for all schemas that refer to them."""

    def __init__(self, definitions: Mapping[str, Mapping[str, Any]]) -> None:
        self._definitions = definitions
        self._known: dict[str, _Measured | None] = {}
        """By name what a definition comes to; None where that has no end."""
        self._open: set[str] = set()
        self._needed: dict[str, frozenset[str]] = {}

    def inlined(self, schema: Mapping[str, Any], also: Any = None) -> dict[str, Any]:
        """A schema without references; one where that cannot be brings the definitions that it needs.

        `also` is what it was made of: the generator brings the definitions for that.
        """
        try:
            found: dict[str, Any] = self._measure(schema, 0).value
        except (_Endless, RecursionError):
            self._open.clear()
            needed = {name: self._definitions[name] for name in sorted(self.needed([schema, also]))}
            return {**schema, "$defs": needed} if needed else dict(schema)
        return found

    def needed(self, schema: Any) -> set[str]:
        """The names of all definitions that a schema leads to."""
        found: set[str] = set()
        waiting = list(_names(schema))
        while waiting:
            name = waiting.pop()
            if name in found or name not in self._definitions:
                continue
            found.add(name)
            if name not in self._needed:
                self._needed[name] = frozenset(_names(self._definitions[name]))
            waiting += self._needed[name]
        return found

    def _measure(self, value: Any, depth: int) -> _Measured:
        if depth > _DEPTH_MAX:
            raise _Endless
        if isinstance(value, Mapping):
            return self._mapping(value, depth)
        if isinstance(value, list):
            return _summed([self._measure(each, depth + 1) for each in value], list)
        return _Measured(value, 1, 0)

    def _mapping(self, value: Mapping[str, Any], depth: int) -> _Measured:
        inside = {key: self._measure(each, depth + 1) for key, each in value.items()}
        reference = value.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#"):
            return _summed(list(inside.values()), lambda values: dict(zip(inside, values, strict=True)))
        target = self._target(reference)
        nodes = target.nodes + sum(each.nodes for each in inside.values()) + 1
        beside = {key: each.value for key, each in inside.items() if key != "$ref"}
        shown = {**target.value, **beside} if beside else target.value
        return _bounded(_Measured(shown, nodes, target.depth + 1))

    def _target(self, reference: str) -> _Measured:
        name = reference.removeprefix(DEFS)
        if name in self._open or name not in self._definitions:
            raise _Endless
        if name not in self._known:
            self._open.add(name)
            self._known[name] = None
            self._known[name] = self._measure(self._definitions[name], 0)
            self._open.discard(name)
        known = self._known[name]
        if known is None:
            raise _Endless
        return known


def _summed(parts: list[_Measured], make: Any) -> _Measured:
    nodes = 1 + sum(each.nodes for each in parts)
    depth = max((each.depth + 1 for each in parts), default=0)
    return _bounded(_Measured(make([each.value for each in parts]), nodes, depth))


def _bounded(found: _Measured) -> _Measured:
    if found.nodes > _NODES_MAX or found.depth > _DEPTH_MAX:
        raise _Endless
    return found


def _names(value: Any) -> Iterator[str]:
    """The names that references in a value lead to directly."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            reference = each.get("$ref")
            if isinstance(reference, str) and reference.startswith(DEFS):
                yield reference.removeprefix(DEFS)
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
