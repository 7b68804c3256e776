"""What a map of names remembers of where it was stored, so that storing it again costs what changed.

Maps are the entries of a directory and the blame of a part. Until it is stored again, a map keeps a trail: the version
that was stored whole, and the names changed since. A trail that grew longer than its map is dropped, because writing
the whole anew then costs less.
"""

from collections.abc import Iterator
from typing import Any, Final, TypeAlias, final

import immutables

Entries: TypeAlias = "immutables.Map[str, Any]"
Names: TypeAlias = "tuple[str, Names] | None"
_SPARE: Final = 64


@final
class Saved:
    """The address of a manifest; one that only tells a difference keeps its trail."""

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
    """The memo of a map that differs in one name from the one with these entries and this memo."""
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
