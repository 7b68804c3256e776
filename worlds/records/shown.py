"""Records as rows of tables that queries read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import orjson

from worlds.records.table import Record
from worlds.relation import Column

_TYPES: Final[Mapping[type, str]] = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE"}
_KNOWN: Final = {kind: frozenset((name,)) for kind, name in _TYPES.items()}
_TEXT: Final = frozenset(("VARCHAR",))
_NOTHING: Final[frozenset[str]] = frozenset()
Types: TypeAlias = Mapping[str, frozenset[str]]
"""Fields, in the order in which they were first seen, with the types of their values in DuckDB's words."""


def typed(rows: Iterable[Record], known: Types | None = None) -> Types:
    """The types of some records' fields, added to those that are known."""
    types: dict[str, frozenset[str]] = dict(known or {})
    for row in rows:
        for field, value in row.items():
            found = _NOTHING if value is None else _KNOWN.get(type(value), _TEXT)
            there = types.get(field)
            if there is None or not found <= there:
                types[field] = found | (there or _NOTHING)
    return types


def columns_of(key: str, types: Types) -> tuple[Column, ...]:
    """The columns that some records need: the key, then their fields by name."""
    return (Column(key), *(Column(field, _common(types[field])) for field in sorted(types) if field != key))


def row_of(columns: Sequence[Column], key: str, record: Record) -> tuple[Any, ...]:
    """A record as a row: nested values as JSON."""
    return (key, *(plain(record.get(column.name)) for column in columns[1:]))


def plain(value: Any) -> Any:
    """A value as a database keeps it."""
    return orjson.dumps(value).decode() if isinstance(value, Mapping | list | tuple) else value


def _common(types: frozenset[str]) -> str:
    if len(types) == 1:
        return next(iter(types))
    return "DOUBLE" if types == {"BIGINT", "DOUBLE"} else "VARCHAR"
