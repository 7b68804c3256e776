"""Tables and columns as facts, for seeded filler, typed rows and checks; each engine reads them from its catalogue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """One column of a table."""

    name: str
    declared: str = ""
    """The type as declared, e.g. `VARCHAR(40)`; empty where none was."""
    not_null: bool = False
    unique: bool = False
    """Whether the column alone must be unique (a one-column primary key is too)."""
    primary_key: bool = False
    """Whether the column is the primary key or a part of it."""
    default: str | None = None
    """The default's SQL text."""
    check: str | None = None
    """The SQL text of the column's own CHECK constraints, joined by AND."""
    references: tuple[str, str] | None = None
    """(table, column) of a foreign key; the column is never left out."""
    generated: bool = False
    """Whether the engine computes it, so that nothing can be inserted."""


@dataclass(frozen=True, slots=True)
class TableInfo:
    """One table."""

    name: str
    columns: tuple[ColumnInfo, ...]
    uniques: tuple[tuple[str, ...], ...] = ()
    """Column lists that must be unique, the primary key included."""
    checks: tuple[str, ...] = ()
    """SQL texts of the table's CHECK constraints that name several columns or none."""
    rows_count: int = 0
    existing: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Values that stand already in columns which are unique or referred to; read on request only."""

    @property
    def writable(self) -> tuple[ColumnInfo, ...]:
        """The columns that rows can be inserted into, in order: what filler's tuples hold."""
        return tuple(column for column in self.columns if not column.generated)

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The names of the primary key's columns, in the table's column order."""
        return tuple(column.name for column in self.columns if column.primary_key)

    def column(self, name: str) -> ColumnInfo | None:
        """The column of that name; case does not matter, as in SQL."""
        return next((column for column in self.columns if column.name.lower() == name.lower()), None)


def parents_first(tables: Iterable[TableInfo]) -> list[TableInfo]:
    """The tables, each after those it refers to where no circle prevents it; otherwise in the order given."""
    waiting = {table.name.lower(): table for table in tables}
    found: list[TableInfo] = []
    while waiting:
        name = next((name for name, table in waiting.items() if not _parents(table) & waiting.keys()), None)
        found.append(waiting.pop(name if name is not None else next(iter(waiting))))
    return found


def _parents(table: TableInfo) -> set[str]:
    named = {column.references[0].lower() for column in table.columns if column.references}
    return named - {table.name.lower()}
