"""A database as pages: an immutable base, and over it a persistent map of the pages that differ."""

from typing import Final, TypeAlias

import immutables

from worlds.parts.sql.sqlite.base import PAGE_BYTES, Base

Overlay: TypeAlias = "immutables.Map[int, bytes]"
NOTHING_WRITTEN: Final[Overlay] = immutables.Map()


class Pages:
    """One state of a database. Pages are numbered from 0; the object's identity stands for the state.

    Nothing changes one. It is no frozen dataclass because those cost a microsecond to make, and each write makes one.
    """

    __slots__ = ("base", "count", "overlay")

    def __init__(self, base: Base, overlay: Overlay, count: int) -> None:
        self.base = base
        self.overlay = overlay
        self.count = count

    def page(self, number: int) -> bytes:
        """One page."""
        found = self.overlay.get(number)
        if found is not None:
            return found
        page: bytes = self.base.image[number * PAGE_BYTES : (number + 1) * PAGE_BYTES]
        return page

    def header_number(self, offset: int) -> int:
        """A four-byte number of the file header, e.g. the user version at 60."""
        return int.from_bytes(self.page(0)[offset : offset + 4], "big") if self.count else 0

    def image(self) -> bytes:
        """The whole database in SQLite's file format."""
        return b"".join(self.page(number) for number in range(self.count))


def first_pages(base: Base) -> Pages:
    """The state in which nothing was written over a base."""
    return Pages(base, NOTHING_WRITTEN, base.pages_count)
