"""The schema as facts: tables with their columns, constraints and, on request, the values of their keys."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import apsw

from worlds.parts.sql.schema import ColumnInfo, TableInfo, parents_first
from worlds.parts.sql.sqlite.catalogue import Catalogue, quoted
from worlds.parts.sql.sqlite.checks import Checks, read_checks


def known_tables(catalogue: Catalogue, counts: Mapping[str, int]) -> list[TableInfo] | None:
    """Every table, each after those it refers to, where this schema was read before; costs nothing of the rows."""
    if catalogue.infos is None:
        return None
    return [replace(table, rows_count=counts.get(table.name, 0)) for table in catalogue.infos]


def read_tables(
    connection: apsw.Connection, catalogue: Catalogue, *, existing: bool, counts: Mapping[str, int] | None = None
) -> list[TableInfo]:
    """Every table of rows, each after those it refers to; rows are counted where `counts` does not tell."""
    found = [_read_table(connection, name, str(catalogue.definitions[name]), counts) for name in catalogue.tables]
    catalogue.infos = parents_first(found)
    if not existing:
        return parents_first(found)
    referred: dict[str, set[str]] = defaultdict(set)
    for column in (column for table in found for column in table.columns if column.references):
        assert column.references is not None
        referred[column.references[0].lower()].add(column.references[1].lower())
    return parents_first(_with_existing(connection, table, referred[table.name.lower()]) for table in found)


def _read_table(connection: apsw.Connection, name: str, sql: str, counts: Mapping[str, int] | None = None) -> TableInfo:
    pragma = _Pragmas(connection, name)
    columns: list[Any] = pragma.rows("table_xinfo")
    key = tuple(str(row[1]) for row in sorted(columns, key=lambda row: int(row[5])) if row[5])
    uniques = list(dict.fromkeys([*([key] if key else []), *pragma.uniques()]))
    checks = read_checks(sql, [str(row[1]) for row in columns])
    references = pragma.references()
    infos = tuple(_column(row, uniques, checks, references) for row in columns)
    count = _count(connection, name) if counts is None else counts.get(name, 0)
    return TableInfo(name, infos, tuple(uniques), checks.table, count)


def _count(connection: apsw.Connection, name: str) -> int:
    """The number of rows; costs their number too."""
    found: Any = connection.execute(f"SELECT count(*) FROM main.{quoted(name)}").fetchone()
    return int(found[0])


def _column(
    row: Any, uniques: list[tuple[str, ...]], checks: Checks, references: dict[str, tuple[str, str]]
) -> ColumnInfo:
    _, name, declared, not_null, default, key, hidden = row
    own = checks.columns.get(name.lower(), ())
    return ColumnInfo(
        name=name,
        declared=declared,
        not_null=bool(not_null),
        unique=any(unique == (name,) for unique in uniques),
        primary_key=bool(key),
        default=default,
        check=" AND ".join(f"({check})" for check in own) or None,
        references=references.get(name.lower()),
        generated=hidden in (2, 3),
    )


def _with_existing(connection: apsw.Connection, table: TableInfo, referred: set[str]) -> TableInfo:
    """The table with the values of its unique and referred columns."""
    names = [
        column.name
        for column in table.columns
        if column.name.lower() in referred or any(column.name in unique for unique in table.uniques)
    ]
    values = {name: _values(connection, table.name, name) for name in names}
    return TableInfo(table.name, table.columns, table.uniques, table.checks, table.rows_count, values)


def _values(connection: apsw.Connection, table: str, column: str) -> tuple[Any, ...]:
    asked = f"SELECT {quoted(column)} FROM main.{quoted(table)} WHERE {quoted(column)} IS NOT NULL"
    return tuple(row[0] for row in connection.execute(asked))


class _Pragmas:
    """What PRAGMAs say of one table."""

    def __init__(self, connection: apsw.Connection, table: str) -> None:
        self._connection = connection
        self._table = table

    def rows(self, pragma: str, about: str | None = None) -> list[Any]:
        """The rows of one PRAGMA about the table, or about one of its indexes."""
        return list(self._connection.execute(f"PRAGMA main.{pragma}({quoted(about or self._table)})"))

    def uniques(self) -> list[tuple[str, ...]]:
        """The column lists of unique indexes that hold for every row and are made of columns."""
        found = []
        for _, index, unique, _, partial in self.rows("index_list"):
            columns = [row[2] for row in self.rows("index_info", index)]
            if unique and not partial and all(column is not None for column in columns):
                found.append(tuple(columns))
        return found

    def references(self) -> dict[str, tuple[str, str]]:
        """One-column foreign keys by column; the column referred to is looked up where it was left out."""
        found: dict[str, tuple[str, str]] = {}
        keys = self.rows("foreign_key_list")
        composite = {row[0] for row in keys if row[1] > 0}
        for number, _, table, column, target, *_ in keys:
            if number not in composite:
                found[column.lower()] = (table, target or self._key_of(table))
        return found

    def _key_of(self, table: str) -> str:
        columns = self.rows("table_xinfo", table)
        return next((str(row[1]) for row in columns if row[5] == 1), "rowid")
