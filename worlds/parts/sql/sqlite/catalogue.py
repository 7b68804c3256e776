"""What a database's schema says, read once per schema and shared by all states that have it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

import apsw

from worlds.digest import EMPTY, SetSum, entry, plus
from worlds.parts.sql.schema import TableInfo
from worlds.parts.sql.sqlite.codec import pack
from worlds.parts.sql.sqlite.text import is_personal, names_local_time

INTERNAL: Final = "sqlite_"
"""What the names of SQLite's own tables begin with: positions of AUTOINCREMENT, statistics of ANALYZE."""
_INTERNAL_COLUMNS: Final = {
    "sqlite_sequence": ("name", "seq", "''", "''", "''", "''"),
    "sqlite_stat1": ("tbl", "idx", "stat", "''", "''", "''"),
    "sqlite_stat4": ("tbl", "idx", "neq", "nlt", "ndlt", "sample"),
}
_ROWIDS: Final = ("rowid", "oid", "_rowid_")
_SCHEMA_SQL: Final = "SELECT type, name, tbl_name, rootpage, sql FROM main.sqlite_schema"

Key = int | tuple[Any, ...]
"""What tells a table's rows apart: the row number, or the primary key's values in a table WITHOUT ROWID."""


def quoted(name: str) -> str:
    """An identifier as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class Table:
    """One table as far as its rows' identity and content are concerned."""

    name: str
    columns: tuple[str, ...]
    """Those that hold something of their own: without the virtual generated ones."""
    key: Literal["alias", "hidden", "own"]
    """A row's number is its integer primary key, or shows only as `rowid`, or there is none (WITHOUT ROWID)."""
    key_at: tuple[int, ...]
    """Where the primary key's columns stand in `columns`; empty where there is no primary key."""
    number: str | None
    """The name by which a statement can ask for the row number; None where columns hide all three."""
    simple: bool
    """Whether no column is generated, so that the pre-update hook's rows are whole."""

    @cached_property
    def labels(self) -> tuple[bytes, bytes]:
        """What set members of this table begin with: for rows, and for hidden row numbers."""
        return b"row:" + self.name.encode(), b"number:" + self.name.encode()

    @cached_property
    def numbered_paths(self) -> bool:
        """Whether a row's number is its place in changes."""
        return self.key == "alias" or (self.key == "hidden" and not self.key_at)

    @property
    def countable(self) -> bool:
        """Whether single rows can be read again by key."""
        return self.key == "own" or self.number is not None

    @cached_property
    def scan_sql(self) -> str:
        """All rows: the row number first, except in tables WITHOUT ROWID."""
        return self._select(quoted(column) for column in self.columns)

    @cached_property
    def careful_scan_sql(self) -> str:
        """All rows as (type, value) pairs in which texts are blobs, for texts that are not UTF-8."""
        return self._select(_careful(quoted(column)) for column in self.columns)

    @cached_property
    def one_sql(self) -> str:
        """The condition that finds one row by its key."""
        if self.key == "own":
            return " WHERE " + " AND ".join(f"{quoted(self.columns[at])} = ?" for at in self.key_at)
        return f" WHERE {self.number} = ?"

    @cached_property
    def read_sql(self) -> str:
        """One row by its key."""
        return self.scan_sql + self.one_sql

    def _select(self, columns: Iterable[str]) -> str:
        number = [] if self.key == "own" else [self.number or "NULL"]
        return f"SELECT {', '.join((*number, *columns))} FROM main.{quoted(self.name)}"


@dataclass(eq=False)
class Catalogue:
    """A schema. Its identity stands for what connections have parsed, root pages included."""

    rows: tuple[tuple[Any, ...], ...]
    tables: Mapping[str, Table]
    statements: dict[str, Any] = field(default_factory=dict)
    """What is known of statements that were run under this schema."""
    heavy: set[str] = field(default_factory=set)
    """Statements that went beyond what may be done here, and would again."""
    infos: list[TableInfo] | None = None
    """The tables as facts, once they were asked for; their numbers of rows are those of that time."""

    @cached_property
    def objects(self) -> dict[str, dict[str, Any]]:
        """The schema's objects by name, as changes show them."""
        return {
            name if kind != "trigger" or name not in self.tables else f"trigger {name}": {"type": kind, "sql": sql}
            for kind, name, _, _, sql in self.rows
            if sql is not None and not name.startswith(INTERNAL)
        }

    @cached_property
    def definitions(self) -> dict[str, Any]:
        """The statements that made the tables, by name."""
        return {name: sql for kind, name, _, _, sql in self.rows if kind == "table"}

    @cached_property
    def schema_sum(self) -> SetSum:
        """The sum of the schema's objects, automatic ones left out."""
        total = EMPTY
        for kind, name, table, _, sql in self.rows:
            if sql is not None and not name.startswith(INTERNAL):
                total = plus(total, entry(b"schema", pack((kind, name, table, sql))))
        return total

    @cached_property
    def internal_sql(self) -> str:
        """A statement for all that SQLite's own tables hold; empty where there are none."""
        names = sorted(name for kind, name, *_ in self.rows if kind == "table" and name in _INTERNAL_COLUMNS)
        return " UNION ALL ".join(
            f"SELECT '{name}', {_exactly(_INTERNAL_COLUMNS[name])} FROM main.{name}" for name in names
        )

    @cached_property
    def personal(self) -> bool:
        """Whether every statement needs a connection of its own, because triggers or views ask for its counters."""
        return any(sql and kind in ("trigger", "view") and is_personal(sql) for kind, _, _, _, sql in self.rows)

    @cached_property
    def local_time(self) -> bool:
        """Whether the schema itself converts to local time."""
        return any(sql and names_local_time(sql) for *_, sql in self.rows)


def read_catalogue(connection: apsw.Connection, known: Catalogue | None = None) -> Catalogue:
    """The schema that a connection sees, with an identity of its own; `known` saves reading what is in it already."""
    rows: tuple[tuple[Any, ...], ...] = tuple(connection.execute(_SCHEMA_SQL).fetchall())
    tables: dict[str, Table] = {}
    for kind, name, _, root, sql in rows:
        if kind != "table" or not root or name.startswith(INTERNAL):
            continue
        same = known is not None and known.definitions.get(name) == sql and name in known.tables
        tables[name] = known.tables[name] if known and same else _read_table(connection, name)
    return Catalogue(rows, tables)


def _read_table(connection: apsw.Connection, name: str) -> Table:
    columns: list[Any] = connection.execute(f"PRAGMA main.table_xinfo({quoted(name)})").fetchall()
    indexes = connection.execute(f"PRAGMA main.index_list({quoted(name)})").fetchall()
    listed = connection.execute(f"PRAGMA main.table_list({quoted(name)})").fetchall()
    without_rowid = any(row[4] for row in listed)
    kept = [column for column in columns if column[6] != 2]
    key_columns = sorted((column for column in kept if column[5]), key=lambda column: int(column[5]))
    own_index = any(row[3] == "pk" for row in indexes)
    names = {str(column[1]).lower() for column in columns}
    return Table(
        name=name,
        columns=tuple(column[1] for column in kept),
        key="own" if without_rowid else "alias" if len(key_columns) == 1 and not own_index else "hidden",
        key_at=tuple(kept.index(column) for column in key_columns),
        number=next((word for word in _ROWIDS if word not in names), None),
        simple=not any(column[6] for column in columns),
    )


def _exactly(columns: Iterable[str]) -> str:
    return ", ".join(f"hex({column}) || typeof({column})" for column in columns)


def _careful(column: str) -> str:
    return f"typeof({column}), CASE typeof({column}) WHEN 'text' THEN CAST({column} AS BLOB) ELSE {column} END"
