"""What is told of rows that differ: one change for each path, before it is known who is to blame."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from worlds.parts.sql.sqlite.catalogue import Table
from worlds.parts.sql.sqlite.codec import shown_row
from worlds.parts.sql.sqlite.reading import Row, path_of

Shown = dict[str, Any]


class RawChange(Struct, frozen=True):
    """A change before it is known who is to blame."""

    path: str
    before: Shown | None
    after: Shown | None


Pairs = Iterable[tuple[Row | None, Row | None]]
"""Rows before and after; None where there is none."""


def raw_changes(old: Table | None, new: Table | None, pairs: Pairs) -> list[RawChange]:
    """The rows that differ, as changes show them. A row that left one path may have come to another."""
    versions: dict[str, tuple[Row | None, Row | None]] = {}
    for before, after in pairs:
        if before is not None and old is not None:
            path = path_of(old, before)
            versions[path] = (before, versions[path][1] if path in versions else None)
        if after is not None and new is not None:
            path = path_of(new, after)
            versions[path] = (versions[path][0] if path in versions else None, after)
    alike = old is not None and new is not None and old.columns == new.columns
    return [
        _raw_change(old, new, path, before, after)
        for path, (before, after) in versions.items()
        if not (alike and before is not None and after is not None and before.packed == after.packed)
    ]


def row_changes(old: Table, new: Table, pairs: Pairs) -> list[RawChange]:
    """The same, where each pair is of one path and differs."""
    return [
        _raw_change(old, new, path_of(new, row), before, after)
        for before, after in pairs
        if (row := before or after) is not None
    ]


def _raw_change(old: Table | None, new: Table | None, path: str, before: Row | None, after: Row | None) -> RawChange:
    return RawChange(
        path,
        None if before is None or old is None else shown_row(old.columns, before.values),
        None if after is None or new is None else shown_row(new.columns, after.values),
    )
