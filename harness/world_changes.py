"""What a scenario changes in the first state of its world: files by path, rows by their keys."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from worlds.errors import WorldError
from worlds.part import Moment, Part
from worlds.parts.sql.database import Database
from worlds.parts.sql.schema import TableInfo


def merge(part: Part, changes: Any, moment: Moment) -> None:
    """Merge a scenario's changes into one part. Raises WorldError with what is wrong and what would be accepted."""
    how = _HOW.get(part.kind)
    if how is None:
        raise WorldError(f"a scenario cannot change a {part.kind} server", hint=f"it can change: {', '.join(_HOW)}")
    if not isinstance(changes, Mapping):
        raise WorldError("the changes of a server are a mapping")
    how(part, changes, moment)


def _merge_files(part: Part, changes: Mapping[str, Any], moment: Moment) -> None:
    """Path to its text, to `{base64: ...}` or `{text: ..., mode: ...}`, or to null, which removes it."""
    for path, content in changes.items():
        if content is None:
            part.perform("remove", {"path": path, "recursive": True}, moment)
        elif isinstance(content, str):
            part.perform("write", {"path": path, "text": content}, moment)
        elif isinstance(content, Mapping):
            part.perform("write", {"path": path, **content}, moment)
        else:
            raise WorldError(f"{path}: a text, a mapping with text or base64, or null is expected")


def _merge_rows(part: Part, changes: Mapping[str, Any], moment: Moment) -> None:
    """Table to rows: a row whose key exists is changed in the columns that are named, any other is added."""
    if not isinstance(part, Database):
        raise WorldError("this server is no database")
    tables = {table.name.lower(): table for table in part.tables()}
    for name, rows in changes.items():
        if str(name).lower() not in tables:
            raise WorldError(f"there is no table {name!r}", hint=f"known: {', '.join(tables)}")
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) and row for row in rows):
            raise WorldError(f"{name}: a list of rows is expected, each a mapping by column")
        for row in rows:
            _merge_row(part, tables[str(name).lower()], row, moment)


def _merge_row(part: Database, table: TableInfo, row: Mapping[str, Any], moment: Moment) -> None:
    keys = {column: row[column] for column in table.primary_key if column in row}
    if not keys or len(keys) < len(table.primary_key) or not _stands(part, table.name, keys):
        part.perform("insert", {"table": table.name, "row": dict(row)}, moment)
        return
    changed = {column: value for column, value in row.items() if column not in keys}
    if changed:
        part.perform("update", {"table": table.name, "set": changed, "where": keys}, moment)


def _stands(part: Database, table: str, keys: Mapping[str, Any]) -> bool:
    """Whether there is a row with this key."""
    condition = " and ".join(f'"{column}" = ?' for column in keys)
    return bool(part.query(f'select 1 from "{table}" where {condition}', list(keys.values())).rows)


_HOW: Final[Mapping[str, Callable[[Part, Mapping[str, Any], Moment], None]]] = {
    "filesystem": _merge_files,
    "sql": _merge_rows,
}
