"""A relation: one table that a part shows to queries, whatever it is made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, and its type in DuckDB's words (`BIGINT`, `VARCHAR`, `TIMESTAMP`, ...)."""

    name: str
    type: str = "VARCHAR"


@dataclass(frozen=True, slots=True)
class Relation:
    """One table: `key` names the columns that tell its rows apart, and is empty where nothing does."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()


@runtime_checkable
class Relational(Protocol):
    """A part that shows itself as tables. Parts that are databases need not: their tables are known already."""

    def relations(self) -> Sequence[Relation]:
        """The tables that it shows now, in a stable order."""
        ...

    def relation_rows(self, name: str) -> Iterable[Sequence[Any]]:
        """All rows of one of them, values in column order: None, bool, int, float, str, bytes, or what `str` spells
        as DuckDB reads it (dates, decimals)."""
        ...
