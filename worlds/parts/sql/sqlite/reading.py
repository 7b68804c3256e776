"""Rows of a table as the digest sees them: read by key or all of them, texts that are not UTF-8 included."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import apsw
import msgspec

from worlds.parts.sql.sqlite.catalogue import Key, Table
from worlds.parts.sql.sqlite.codec import pack, undecodable

Values = tuple[Any, ...]


class Row(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One row: its key, its row number (0 in tables WITHOUT ROWID), its values and their packed form."""

    key: Key
    number: int
    values: Values
    packed: bytes


def read_row(connection: apsw.Connection, table: Table, key: Key) -> Row | None:
    """The row with that key, if there is one."""
    bindings = key if isinstance(key, tuple) else (key,)
    try:
        found = connection.execute(table.read_sql, bindings).fetchone()
    except UnicodeDecodeError:
        pairs = connection.execute(table.careful_scan_sql + table.one_sql, bindings).fetchone()
        found = _plain(table, pairs)
    return None if found is None else _row(table, found)


def scan(connection: apsw.Connection, table: Table) -> Iterator[Row]:
    """All rows, in the table's own order."""
    done = 0
    try:
        for found in connection.execute(table.scan_sql):
            done += 1
            yield _row(table, found, done)
    except UnicodeDecodeError:
        careful = connection.execute(table.careful_scan_sql)
        for place, pairs in enumerate(islice(careful, done, None), done + 1):
            yield _row(table, _plain(table, pairs), place)


def row_of(table: Table, key: Key, values: Values) -> Row:
    """A row from its key and its values."""
    return Row(key, key if isinstance(key, int) else 0, values, pack(values))


def is_numbered(table: Table, row: Row) -> bool:
    """Whether a row of a table with hidden row numbers has no primary key that tells it from others."""
    return not table.key_at or None in [row.values[at] for at in table.key_at]


def path_of(table: Table, row: Row) -> str:
    """How changes name a row: `orders[7]`, `prices[7,EUR]`, by primary key, or by row number where it has none."""
    if table.numbered_paths:
        return f"{table.name}[{row.number}]"
    if table.key == "hidden" and is_numbered(table, row):
        return f"{table.name}[rowid={row.number}]"
    return f"{table.name}[{','.join(_spelled(row.values[at]) for at in table.key_at)}]"


def _spelled(part: Any) -> str:
    if isinstance(part, msgspec.msgpack.Ext):
        part = bytes(part.data)
    return f"x'{part.hex()}'" if isinstance(part, bytes) else str(part)


def _row(table: Table, found: Values, place: int = 0) -> Row:
    """A row as it was selected. Where columns hide its number, its place in the scan takes that role."""
    if table.key == "own":
        return Row(tuple(found[at] for at in table.key_at), 0, found, pack(found))
    number, values = place if table.number is None else found[0], found[1:]
    return Row(number, number, values, pack(values))


def _plain(table: Table, pairs: Values | None) -> Any:
    """A row from its (type, value) pairs."""
    if pairs is None:
        return None
    start = 0 if table.key == "own" else 1
    columns = zip(pairs[start::2], pairs[start + 1 :: 2], strict=True)
    return (*pairs[:start], *(_text(value) if kind == "text" else value for kind, value in columns))


def _text(data: bytes) -> Any:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return undecodable(data)
