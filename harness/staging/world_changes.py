"""What a scenario changes in the first state of its world: files by path, rows and records by their keys, mail."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from worlds.errors import WorldError
from worlds.part import Moment, Part
from worlds.parts.sql.database import Database
from worlds.parts.sql.schema import TableInfo
from worlds.records import RecordsPart


class WrongChange(WorldError):
    """A change that cannot be made; `place` leads to it from the server's changes."""

    code = "change"

    def __init__(self, message: str, place: tuple[str | int, ...], *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.place = place


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
            operation, arguments = "remove", {"path": path, "recursive": True}
        elif isinstance(content, str | Mapping):
            text = {"text": content} if isinstance(content, str) else content
            operation, arguments = "write", {"path": path, **text}
        else:
            raise WrongChange(f"{path}: a text, a mapping with text or base64, or null is expected", (path,))
        try:
            part.perform(operation, arguments, moment)
        except WorldError as error:
            raise WrongChange(f"{path}: {error.message}", (path,), hint=error.hint) from None


def _merge_rows(part: Part, changes: Mapping[str, Any], moment: Moment) -> None:
    """Table to rows: a row whose key exists is changed in the columns that are named, any other is added."""
    if not isinstance(part, Database):
        raise WorldError("this server is no database")
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


def _merge_mail(part: Part, changes: Mapping[str, Any], moment: Moment) -> None:
    """Messages as in world files; people and contacts by their addresses."""
    messages = changes.get("messages", [])
    if not isinstance(messages, list):
        raise WrongChange("messages: a list of messages is expected", ("messages",))
    for number, message in enumerate(messages):
        _do(part, "deliver", message, moment, ("messages", number))
    _merge_records(part, {table: rows for table, rows in changes.items() if table != "messages"}, moment)


def _merge_records(part: Part, changes: Mapping[str, Any], moment: Moment) -> None:
    """Table to records: one whose key exists is changed in the fields that are named, any other is added."""
    if not isinstance(part, RecordsPart):
        raise WorldError("this server keeps no records")
    tables = {name for name, table in part.records.tables.items() if not table.hidden}
    for name, records in changes.items():
        if name not in tables:
            raise WrongChange(f"there is no {name!r}", (name,), hint=f"known: {', '.join(sorted(tables))}")
        if not isinstance(records, list):
            raise WrongChange(f"{name}: a list of records is expected", (name,))
        for number, record in enumerate(records):
            _merge_record(part, name, record, moment, (name, number))


def _merge_record(part: RecordsPart, table: str, record: Any, moment: Moment, place: tuple[str | int, ...]) -> None:
    column = part.key_column(table)
    if not isinstance(record, Mapping) or column not in record:
        raise WrongChange(f"{table}: a record is a mapping with {column!r}", place)
    key = str(record[column])
    operation = "create" if part.records.get(table, key) is None else "patch"
    _do(part, operation, {"table": table, "key": key, "record": record}, moment, place)


def _do(part: Part, operation: str, arguments: Any, moment: Moment, place: tuple[str | int, ...]) -> None:
    if not isinstance(arguments, Mapping):
        raise WrongChange(f"{place[0]}: a mapping is expected", place)
    try:
        part.perform(operation, arguments, moment)
    except WorldError as error:
        raise WrongChange(f"{place[0]}: {error.message}", place, hint=error.hint) from None


_HOW: Final[Mapping[str, Callable[[Part, Mapping[str, Any], Moment], None]]] = {
    "filesystem": _merge_files,
    "sql": _merge_rows,
    "mail": _merge_mail,
}
