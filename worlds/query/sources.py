"""Where the rows of views come from: databases, and parts that show themselves as tables."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from worlds.changes import Change
from worlds.part import Part
from worlds.parts.sql.database import Database
from worlds.parts.sql.schema import TableInfo
from worlds.query.spelling import quoted
from worlds.query.types import PLAIN, Dialect, column_type
from worlds.relation import Column, Delta, Relation, Relational


class Source(Protocol):
    """One part, seen as tables."""

    def relations(self) -> Sequence[Relation]:
        """The tables that it shows."""
        ...

    def rows(self, relation: Relation) -> Iterable[Sequence[Any]]:
        """All rows of one of them."""
        ...

    def delta(self, relation: Relation, older: Part) -> Delta | None:
        """How one of them differs from an older state of the part, or None where that is not known cheaply."""
        ...


def source_of(part: Part) -> Source:
    """A part seen as tables; a part that has none to show is a source of nothing."""
    if isinstance(part, Database):
        return _Tables(part)
    return _Shown(part if isinstance(part, Relational) else None)


class _Shown:
    """A part that shows itself as tables."""

    def __init__(self, part: Relational | None) -> None:
        self.part = part

    def relations(self) -> Sequence[Relation]:
        return self.part.relations() if self.part else ()

    def rows(self, relation: Relation) -> Iterable[Sequence[Any]]:
        return self.part.relation_rows(relation.name) if self.part else ()

    def delta(self, relation: Relation, older: Any) -> Delta | None:
        return self.part.relation_delta(relation.name, older) if self.part else None


class _Tables:
    """A database."""

    def __init__(self, part: Database) -> None:
        self.part = part
        self.dialect: Dialect = "duckdb" if "duckdb" in type(part).__module__ else "sqlite"

    def relations(self) -> Sequence[Relation]:
        return [self._relation(table) for table in self.part.tables()]

    def rows(self, relation: Relation) -> Iterable[Sequence[Any]]:
        columns = ", ".join(self._read(column) for column in relation.columns)
        return self.part.query(f"select {columns} from {self._place(relation.name)}").rows

    def delta(self, relation: Relation, older: Any) -> Delta | None:
        if any(column.type not in PLAIN for column in relation.columns):
            return None
        start = f"{relation.name}["
        return row_delta(relation, [change for change in self.part.diff(older) if change.path.startswith(start)])

    def _relation(self, table: TableInfo) -> Relation:
        columns = tuple(Column(column.name, column_type(column.declared, self.dialect)) for column in table.columns)
        return Relation(table.name, columns, table.primary_key)

    def _place(self, name: str) -> str:
        """A table's name in its own SQL; DuckDB names those beside the usual schema `schema.table`."""
        schema, dot, table = name.partition(".")
        return f"{quoted(schema)}.{quoted(table)}" if dot and self.dialect == "duckdb" else quoted(name)

    def _read(self, column: Column) -> str:
        """A column as it is, or as its own engine spells it where Python's spelling would not be read again."""
        plain = self.dialect == "sqlite" or column.type in PLAIN
        return quoted(column.name) if plain else f"cast({quoted(column.name)} as varchar)"


def row_delta(relation: Relation, changes: Sequence[Change]) -> Delta | None:
    """A table's typed changes as a delta; None where they do not tell rows apart by their keys and columns."""
    names = [column.name for column in relation.columns]
    shown = [side for change in changes for side in (change.before, change.after) if side is not None]
    if any(side.keys() != set(names) or any(side[name] is None for name in relation.key) for side in shown):
        return None
    gone = [[_value(change.before[name]) for name in relation.key] for change in changes if change.before is not None]
    rows = [[_value(change.after[name]) for name in names] for change in changes if change.after is not None]
    return Delta(gone, rows)


def _value(shown: Any) -> Any:
    """A value as the database gives it from how a change shows it."""
    if not isinstance(shown, Mapping) or "base64" not in shown:
        return shown
    data = base64.b64decode(shown["base64"])
    return data.decode(errors="surrogateescape") if shown.get("text") else data
