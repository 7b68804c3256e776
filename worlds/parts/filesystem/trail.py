"""What a directory remembers of the manifest that it was stored under, so that storing it again costs what changed.

Until it is stored again, a directory keeps a trail: the entries of the version that was stored whole, and the names
changed since. A trail that grew longer than its directory is dropped, because writing the whole anew then costs less.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeAlias, final

import immutables

if TYPE_CHECKING:
    from worlds.parts.filesystem.node import Node

Entries: TypeAlias = "immutables.Map[str, Node]"
Names: TypeAlias = "tuple[str, Names] | None"
_SPARE: Final = 64


@final
class Saved:
    """The address of a directory's manifest; one that only tells a difference keeps its trail."""

    __slots__ = ("address", "trail")

    def __init__(self, address: str, trail: "Trail | None" = None) -> None:
        self.address = address
        self.trail = trail


@final
class Trail:
    """The names changed since a version with these entries, which is stored whole at this address."""

    __slots__ = ("address", "count", "entries", "names")

    def __init__(self, entries: Entries, address: str, names: Names, count: int) -> None:
        self.entries = entries
        self.address = address
        self.names = names
        self.count = count

    @property
    def trail(self) -> "Trail":
        """Itself, so that a trail is extended like a manifest that keeps one."""
        return self

    def __iter__(self) -> Iterator[str]:
        """Each changed name once, the latest first."""
        return iter(dict.fromkeys(_unwound(self.names)))


Memo: TypeAlias = Saved | Trail | None


def extended(memo: Saved | Trail, entries: Entries, name: str) -> Trail | None:
    """The memo of a directory that differs in one name from the one with these entries and this memo."""
    trail = memo.trail
    if trail is None:
        assert type(memo) is Saved
        return Trail(entries, memo.address, (name, None), 1)
    if trail.count >= len(entries) + _SPARE:
        return None
    return Trail(trail.entries, trail.address, (name, trail.names), trail.count + 1)


def _unwound(names: Names) -> Iterator[str]:
    while names:
        yield names[0]
        names = names[1]
