"""Changes of a database's first state, by table and key."""

from collections.abc import Mapping
from typing import Any

from worlds.errors import WorldError, WrongChange
from worlds.part import Moment
from worlds.parts.sql.database import Database
from worlds.parts.sql.schema import TableInfo


def merge_rows(part: Database, changes: Mapping[str, Any], moment: Moment) -> None:
    """Table to rows: a row whose key exists is changed in the columns that are named, any other is added."""
    tables = {table.name.lower(): table for table in part.tables()}
    for name, rows in changes.items():
        table = tables.get(str(name).lower())
        if table is None:
            raise WrongChange(f"there is no table {name!r}", (name,), hint=f"known: {', '.join(tables)}")
        if not isinstance(rows, list):
            raise WrongChange(f"{name}: a list of rows is expected", (name,))
        for number, row in enumerate(rows):
            _check_row(table, row, (name, number))
            try:
                _merge_row(part, table, row, moment)
            except WorldError as error:
                raise WrongChange(f"{name}: {error.message}", (name, number), hint=error.hint) from None


def _check_row(table: TableInfo, row: Any, place: tuple[str | int, ...]) -> None:
    if not isinstance(row, Mapping) or not row:
        raise WrongChange(f"{table.name}: a row is a mapping by column", place)
    for column in row:
        if table.column(str(column)) is None:
            known = ", ".join(each.name for each in table.columns)
            words = f"{table.name} has no column {column!r}"
            raise WrongChange(words, (*place, column), hint=f"its columns: {known}")


def _merge_row(part: Database, table: TableInfo, row: Mapping[str, Any], moment: Moment) -> None:
    named = {found.name: value for column, value in row.items() if (found := table.column(str(column)))}
    keys = {column: named[column] for column in table.primary_key if column in named}
    if not keys or len(keys) < len(table.primary_key) or not _stands(part, table.name, keys):
        part.perform("insert", {"table": table.name, "row": named}, moment)
        return
    changed = {column: value for column, value in named.items() if column not in keys}
    if changed:
        part.perform("update", {"table": table.name, "set": changed, "where": keys}, moment)


def _stands(part: Database, table: str, keys: Mapping[str, Any]) -> bool:
    """Whether there is a row with this key."""
    condition = " and ".join(f'"{column}" = ?' for column in keys)
    return bool(part.query(f'select 1 from "{table}" where {condition}', list(keys.values())).rows)
