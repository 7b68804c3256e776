"""Reads what a commit appended to DuckDB's write-ahead log: which tables were touched, and where.

The log is a sequence of framed entries: 8 bytes of payload size, 8 bytes of checksum, payload; before the first comes
an unframed version entry. A payload is a list of fields, each a 2-byte number and a value, ended by 0xFFFF; lengths
and integers are little-endian base-128 numbers. Field 100 is the entry's type. Anything that is not as expected makes
the delta `unclear`, which costs time (everything is compared) but never a wrong answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from worlds.parts.sql.duckdb.messages import Name

_END: Final = b"\xff\xff"
_TYPE: Final = b"\x64\x00"
_ROW_BYTES: Final = 8


class Kind(IntEnum):
    """Types of entries that say more than that the schema changed."""

    CREATE_TABLE = 1
    DROP_TABLE = 2
    CREATE_MACRO = 11
    DROP_MACRO = 12
    ALTER = 20
    CREATE_TABLE_MACRO = 21
    DROP_TABLE_MACRO = 22
    SEQUENCE_VALUE = 10
    USE_TABLE = 25
    INSERT = 26
    DELETE = 27
    UPDATE = 28
    ROW_GROUPS = 29
    FLUSH = 100


_MACROS: Final = {Kind.CREATE_MACRO, Kind.DROP_MACRO, Kind.CREATE_TABLE_MACRO, Kind.DROP_TABLE_MACRO}


@dataclass(slots=True)
class Delta:
    """What one or more commits touched."""

    rows: dict[Name, set[int]] = field(default_factory=dict)
    """By table: row ids that were updated or deleted; tables with inserts only have an empty set."""
    grown: set[Name] = field(default_factory=set)
    """Tables that rows were added to."""
    schema: bool = False
    """Whether the catalogue changed."""
    macros: bool = False
    """Whether macros did."""
    sequences: bool = False
    """Whether a sequence moved."""
    rebuilt: set[Name] = field(default_factory=set)
    """Tables that were made, dropped or altered."""
    unclear: bool = False
    """Whether an entry could not be read."""

    @property
    def nothing(self) -> bool:
        """Whether nothing was committed."""
        return not (self.rows or self.schema or self.sequences or self.unclear)


class _Unreadable(Exception):
    """The bytes are not what this version of the log looks like."""


def read_journal(data: bytes, *, from_start: bool) -> Delta:
    """The delta that some appended bytes describe; `from_start` when they begin the file."""
    delta = Delta()
    table: Name | None = None
    try:
        for kind, payload in _entries(data, from_start=from_start):
            table = _take(delta, kind, payload, table)
    except (_Unreadable, IndexError, ValueError):
        delta.unclear = True
    return delta


def _entries(data: bytes, *, from_start: bool) -> Iterator[tuple[int, bytes]]:
    place = data.index(_END) + len(_END) if from_start and data else 0
    while place < len(data):
        size = int.from_bytes(data[place : place + 8], "little")
        payload = data[place + 16 : place + 16 + size]
        if len(payload) != size or not payload.startswith(_TYPE):
            raise _Unreadable
        kind, _ = _number(payload, 2)
        yield kind, payload
        place += 16 + size


def _take(delta: Delta, kind: int, payload: bytes, table: Name | None) -> Name | None:
    """Take one entry into account; returns the table that following row entries are about."""
    if kind == Kind.USE_TABLE:
        table = _path(payload, payload.index(b"\x67\x00\x64\x00") + 4)
        delta.rows.setdefault(table, set())
    elif kind in (Kind.INSERT, Kind.ROW_GROUPS, Kind.DELETE, Kind.UPDATE):
        if table is None:
            raise _Unreadable
        if kind in (Kind.DELETE, Kind.UPDATE):
            delta.rows[table].update(_row_ids(payload, kind))
        else:
            delta.grown.add(table)
    elif kind == Kind.SEQUENCE_VALUE:
        delta.sequences = True
    elif kind != Kind.FLUSH:
        _take_schema(delta, kind, payload)
    return table


def _take_schema(delta: Delta, kind: int, payload: bytes) -> None:
    delta.schema = delta.sequences = True
    delta.macros |= kind in _MACROS
    if kind == Kind.DROP_TABLE:
        delta.rebuilt.add(_path(payload, payload.index(b"\x67\x00\x64\x00") + 4))
    elif kind == Kind.CREATE_TABLE:
        delta.rebuilt.add(_path(payload, payload.index(b"\x6f\x00\x64\x00") + 4, skip=1))
    elif kind == Kind.ALTER:
        delta.rebuilt.add(_altered(payload))


def _altered(payload: bytes) -> Name:
    schema, end = _text(payload, payload.index(b"\xca\x00") + 2)
    if payload[end : end + 2] != b"\xcb\x00":
        raise _Unreadable
    return schema, _text(payload, end + 2)[0]


def _row_ids(payload: bytes, kind: int) -> list[int]:
    """The last column of the entry's chunk: row ids, flat and without NULLs."""
    chunk = payload.index(b"\x65\x00") + 2
    if kind == Kind.UPDATE:
        chunk = payload.index(b"\x66\x00", chunk) + 2
    if payload[chunk : chunk + 2] != b"\x64\x00" or not payload.endswith(_END * 3):
        raise _Unreadable
    count, _ = _number(payload, chunk + 2)
    stop = len(payload) - 3 * len(_END)
    start = stop - count * _ROW_BYTES
    head = b"\x64\x00\x00\x66\x00" + _spelled(count * _ROW_BYTES)
    if payload[start - len(head) : start] != head:
        raise _Unreadable
    return [int.from_bytes(payload[at : at + _ROW_BYTES], "little", signed=True) for at in range(start, stop, 8)]


def _path(payload: bytes, at: int, *, skip: int = 0) -> Name:
    """A list of names: its count, then each; `skip` leading ones (the catalogue's) do not count."""
    count, at = _number(payload, at)
    names = []
    for _ in range(count):
        name, at = _text(payload, at)
        names.append(name)
    if count - skip != 2 or payload[at : at + 2] != _END:
        raise _Unreadable
    return names[-2], names[-1]


def _text(payload: bytes, at: int) -> tuple[str, int]:
    size, at = _number(payload, at)
    return payload[at : at + size].decode(), at + size


def _number(payload: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = payload[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _spelled(value: int) -> bytes:
    digits = bytearray()
    while value >= 0x80:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    digits.append(value)
    return bytes(digits)
