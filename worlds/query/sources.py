"""Where the rows of views come from: databases, and parts that show themselves as tables."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

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
        return self.part.query(f"select {columns} from {quoted(relation.name)}").rows

    def delta(self, relation: Relation, older: Part) -> Delta | None:
        return None

    def _relation(self, table: TableInfo) -> Relation:
        columns = tuple(Column(column.name, column_type(column.declared, self.dialect)) for column in table.columns)
        return Relation(table.name, columns, table.primary_key)

    def _read(self, column: Column) -> str:
        """A column as it is, or as its own engine spells it where Python's spelling would not be read again."""
        plain = self.dialect == "sqlite" or column.type in PLAIN
        return quoted(column.name) if plain else f"cast({quoted(column.name)} as varchar)"
