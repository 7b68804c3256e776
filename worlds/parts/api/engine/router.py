"""Finds the operation that a method and a path mean."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from worlds.parts.api.document import Operation


@dataclass(frozen=True, slots=True)
class Match:
    """An operation, and the texts that stand in its path."""

    operation: Operation
    values: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Fork:
    """A place in the tree of path segments."""

    fixed: dict[str, "_Fork"] = field(default_factory=dict)
    patterns: list[tuple[tuple[str, ...], tuple[str, ...], "_Fork"]] = field(default_factory=list)
    """Fixed pieces around parameters (`{id}.json`), their names, and what follows."""
    methods: dict[str, tuple[Operation, tuple[str, ...]]] = field(default_factory=dict)


class Router:
    """Paths as a tree; what is written out goes before what is a parameter."""

    def __init__(self, operations: Iterable[Operation], base: str = "") -> None:
        self.base = base
        self._root = _Fork()
        for operation in operations:
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        here = self._root
        names: list[str] = []
        for segment in operation.path.partition("?")[0].partition("#")[0].strip("/").split("/"):
            pieces, inside = _cut(segment)
            names += inside
            here = here.fixed.setdefault(segment, _Fork()) if not inside else _pattern(here, pieces, inside)
        here.methods.setdefault(operation.method, (operation, tuple(names)))

    def match(self, method: str, path: str) -> Match | tuple[str, ...]:
        """The operation; where the path is known with other methods only, those methods; else an empty tuple."""
        found = self._found(path, method)
        if not isinstance(found, Match) and self.base and path.startswith(self.base + "/"):
            below = self._found(path.removeprefix(self.base), method)
            return below or found
        return found

    def _found(self, path: str, method: str) -> Match | tuple[str, ...]:
        segments = [unquote(each) for each in path.strip("/").split("/")]
        others: list[str] = []
        for place, values in _reached(self._root, segments, 0, ()):
            if method in place.methods:
                operation, names = place.methods[method]
                return Match(operation, tuple(zip(names, values, strict=True)))
            others += place.methods
        return tuple(sorted(set(others)))


def _cut(segment: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`{owner}.{repo}` as its fixed pieces ("", ".", "") and its names."""
    pieces, names = [], []
    rest = segment
    while "{" in rest and "}" in rest.partition("{")[2]:
        before, _, after = rest.partition("{")
        name, _, rest = after.partition("}")
        pieces.append(before)
        names.append(name)
    return (*pieces, rest), tuple(names)


def _pattern(here: _Fork, pieces: tuple[str, ...], names: tuple[str, ...]) -> _Fork:
    for known, count, below in here.patterns:
        if known == pieces and len(count) == len(names):
            return below
    below = _Fork()
    here.patterns.append((pieces, names, below))
    here.patterns.sort(key=lambda each: -sum(map(len, each[0])))
    return below


def _reached(
    here: _Fork, segments: list[str], at: int, values: tuple[str, ...]
) -> Iterable[tuple[_Fork, tuple[str, ...]]]:
    """The places that a path leads to, the most literal first."""
    if at == len(segments):
        if here.methods:
            yield here, values
        return
    fixed = here.fixed.get(segments[at])
    if fixed:
        yield from _reached(fixed, segments, at + 1, values)
    for pieces, _, below in here.patterns:
        found = _fit(pieces, segments[at])
        if found:
            yield from _reached(below, segments, at + 1, values + found)


def _fit(pieces: tuple[str, ...], segment: str) -> tuple[str, ...]:
    """The values in a segment; empty where it does not fit. A parameter is at least one character."""
    if len(pieces) == 2:
        start, end = pieces
        value = segment[len(start) : len(segment) - len(end)]
        return (value,) if value and segment.startswith(start) and segment.endswith(end) else ()
    if not segment.startswith(pieces[0]):
        return ()
    rest, values = segment[len(pieces[0]) :], []
    for piece in pieces[1:]:
        value, joint, rest = rest.partition(piece) if piece else (rest, "", "")
        if not value or (piece and not joint):
            return ()
        values.append(value)
    return tuple(values) if not rest else ()
