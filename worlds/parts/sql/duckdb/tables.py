"""What stands already in the columns that fillers must know: unique ones, and those that others refer to."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Protocol

from worlds.parts.sql.database import Result
from worlds.parts.sql.duckdb.facts import names_by_label, table_infos
from worlds.parts.sql.duckdb.messages import Catalog, Name
from worlds.parts.sql.schema import TableInfo


class Asked(Protocol):
    """Something that answers queries."""

    def query(self, sql: str) -> Result:
        """The rows."""
        ...


def read_existing(database: Asked, catalog: Catalog) -> list[TableInfo]:
    """The tables with their numbers of rows and the values of their key columns. Blocks."""
    infos, names = table_infos(catalog), names_by_label(catalog)
    referred = _referred(infos)
    return [_with_values(database, info, names[info.name.lower()], referred) for info in infos]


def _with_values(database: Asked, info: TableInfo, name: Name, referred: set[tuple[str, str]]) -> TableInfo:
    keys = {column for group in info.uniques for column in group}
    wanted = [
        column.name
        for column in info.columns
        if column.unique or column.name in keys or (info.name.lower(), column.name.lower()) in referred
    ]
    source = ".".join(map(_quoted, name))
    (count,) = database.query(f"select count(*) from {source}").rows[0]
    if not wanted:
        return replace(info, rows_count=count)
    rows = database.query(f"select {', '.join(map(_quoted, wanted))} from {source} order by rowid").rows
    columns: Iterable[tuple[Any, ...]] = zip(*rows, strict=True) if rows else [() for _ in wanted]
    return replace(info, rows_count=count, existing=dict(zip(wanted, map(tuple, columns), strict=True)))


def _referred(infos: Iterable[TableInfo]) -> set[tuple[str, str]]:
    targets = (column.references for info in infos for column in info.columns if column.references)
    return {(table.lower(), column.lower()) for table, column in targets}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
