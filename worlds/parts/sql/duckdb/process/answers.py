"""Answers as they are shipped: rows as far as they are asked for, values of plain Python types, failures in words."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import duckdb

from worlds.parts.sql.duckdb.messages import Failure, Table

_BATCH_ROWS: Final = 1_024
_TIMING: Final = re.compile(r"( *)\b(\d+(?:\.\d+)?)(µs|ms|s)\b")
_PROFILE: Final = ("explain_key", "explain_value")

Shown = Callable[[str], str]


def fetch(
    found: duckdb.DuckDBPyConnection, shown: Shown, *, rows_max: int, cells_max: int, drained: bool
) -> tuple[Table, bool]:
    """The answer, and whether it goes on.

    `rows_max` rows (0: all) are fetched, of which as many are kept as hold `cells_max` characters; the rest is
    counted. `drained` fetches to the end in any case, for statements that act while they are read.
    """
    described = found.description or []
    columns = tuple(str(column[0]) for column in described)
    types = tuple(str(column[1]) for column in described)
    kept: list[tuple[Any, ...]] = []
    count = room = 0
    room = cells_max
    for row in _rows(found, rows_max, drained=drained):
        count += 1
        if rows_max and count > rows_max:
            continue
        room -= size_of(row)
        if room >= 0:
            kept.append(_presented(row, shown))
    more = (min(count, rows_max) if rows_max else count) - len(kept)
    if columns == _PROFILE:
        kept = [(key, _TIMING.sub(_untimed, text)) for key, text in kept]
    affected = kept[0][0] if columns == ("Count",) and types == ("BIGINT",) and len(kept) == 1 else -1
    goes_on = bool(rows_max) and not drained and count >= rows_max
    return Table(columns, types, tuple(kept), affected, more), goes_on


def failure_of(error: Exception, shown: Shown) -> Failure:
    """What an engine's exception says."""
    if isinstance(error, MemoryError):
        return Failure("OutOfMemoryException", "Out of Memory Error: Allocation failure")
    return Failure(type(error).__name__, shown(str(error)))


def size_of(value: Any) -> int:
    """At most the number of characters that a value takes in any rendering."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, list | tuple):
        return 1 + sum(map(size_of, value))
    if isinstance(value, dict):
        return 1 + sum(size_of(key) + size_of(item) for key, item in value.items())
    return 1


def _rows(found: duckdb.DuckDBPyConnection, rows_max: int, *, drained: bool) -> Iterator[Sequence[Any]]:
    left = rows_max
    while batch := found.fetchmany(_BATCH_ROWS if drained or not rows_max else min(_BATCH_ROWS, left)):
        yield from batch
        left -= len(batch)
        if rows_max and left <= 0 and not drained:
            return


def _presented(value: Any, shown: Shown) -> Any:
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if isinstance(value, tuple | list):
        return type(value)(_presented(item, shown) for item in value)
    if isinstance(value, dict):
        return {_presented(key, shown): _presented(item, shown) for key, item in value.items()}
    return value


def _untimed(match: re.Match[str]) -> str:
    """A measured time as nought, in the same width."""
    nought = ("0.0000" if "." in match[2] else "0") + match[3]
    return nought.rjust(len(match[0]))
