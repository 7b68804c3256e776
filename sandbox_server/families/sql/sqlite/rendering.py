"""Rows as the imitated server renders them: Python's own spelling of a list of dicts."""

from collections.abc import Sequence
from typing import Any, Final

from anyio.lowlevel import checkpoint

ROWS_AT_ONCE: Final = 400
"""Rows that are spelled before others get a turn."""

Row = tuple[Any, ...]


async def spelled(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """`str` of a list with one dict per row."""
    places = list(_places(columns).items())
    if len(rows) <= ROWS_AT_ONCE:
        return str([{name: row[place] for name, place in places} for row in rows])
    parts: list[str] = []
    for start in range(0, len(rows), ROWS_AT_ONCE):
        batch = rows[start : start + ROWS_AT_ONCE]
        parts.append(str([{name: row[place] for name, place in places} for row in batch])[1:-1])
        await checkpoint()
    return f"[{', '.join(parts)}]"


def _places(columns: Sequence[str]) -> dict[str, int]:
    """Which column each name shows: the driver looks names up without regard to ASCII case, and takes the first."""
    first: dict[str, int] = {}
    for place, name in enumerate(columns):
        first.setdefault(_folded(name), place)
    return {name: first[_folded(name)] for name in columns}


def _folded(name: str) -> str:
    return name.lower() if name.isascii() else name
