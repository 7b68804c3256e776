"""What a directory remembers of its older versions, so that a figure costs what changed and not what there is.

A figure is a set sum or the address of a stored manifest. It is worked out when it is asked for; until then a
directory keeps a trail: the entries of an older version whose figure is known, and the names changed since. A trail
that grew longer than its directory is dropped, because working the figure out anew then costs less.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar, final

import immutables

from worlds.digest import SetSum, seal

if TYPE_CHECKING:
    from worlds.parts.filesystem.node import Node

Entries: TypeAlias = "immutables.Map[str, Node]"
Names: TypeAlias = "tuple[str, Names] | None"
F = TypeVar("F")

SPARE: Final = 64


@final
class Sum:
    """The set sum of a directory's entries, and its seal."""

    __slots__ = ("seal", "total")
    trail: Final = None

    def __init__(self, total: SetSum) -> None:
        self.total = total
        self.seal = seal(total)


@final
class Saved:
    """Where a directory's manifest is stored; a manifest that is itself a delta keeps its trail."""

    __slots__ = ("address", "trail")

    def __init__(self, address: str, trail: "Trail[Saved] | None" = None) -> None:
        self.address = address
        self.trail = trail


@final
class Trail(Generic[F]):
    """The names changed since a version with these entries, whose figure is known."""

    __slots__ = ("count", "entries", "figure", "names")

    def __init__(self, entries: Entries, figure: F, names: Names, count: int) -> None:
        self.entries = entries
        self.figure = figure
        self.names = names
        self.count = count

    @property
    def trail(self) -> "Trail[F]":
        """Itself, so that a trail is extended like a figure that keeps one."""
        return self

    def __iter__(self) -> Iterator[str]:
        """Each changed name once, the latest first."""
        return iter(dict.fromkeys(_unwound(self.names)))


Memo: TypeAlias = "F | Trail[F] | None"


def extended(memo: Any, entries: Entries, name: str) -> Any:
    """The memo of a directory that differs in one name from the one with these entries and this memo."""
    if memo is None:
        return None
    trail = memo.trail
    if trail is None:
        return Trail(entries, memo, (name, None), 1)
    if trail.count >= len(entries) + SPARE:
        return None
    return Trail(trail.entries, trail.figure, (name, trail.names), trail.count + 1)


def _unwound(names: Names) -> Iterator[str]:
    while names:
        yield names[0]
        names = names[1]
