"""Relations: the tables that a part shows to queries and to its owner, whatever it is made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, runtime_checkable


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


@dataclass(frozen=True, slots=True)
class Delta:
    """How a table differs from an older state of it."""

    gone: Sequence[Sequence[Any]]
    """Keys (in the order of `Relation.key`) whose older rows do not count any more: removed or replaced ones."""
    rows: Sequence[Sequence[Any]]
    """The rows that are new or replace others."""


@runtime_checkable
class Relational(Protocol):
    """A part that shows itself as tables. Databases need not: their tables are known already."""

    def relations(self) -> Sequence[Relation]:
        """The tables that it shows now, in a stable order."""
        ...

    def relation_rows(self, name: str) -> Iterable[Sequence[Any]]:
        """All rows of one of them, values in column order: None, bool, int, float, str, bytes, or what `str` spells
        as DuckDB reads it (dates, decimals)."""
        ...

    def relation_delta(self, name: str, older: Self) -> Delta | None:
        """How one of them differs from what `older` shows, if that costs less than reading it whole."""
        ...
