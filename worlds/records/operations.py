"""Operations on records that are given as data, as scenarios and the agenda do."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from worlds.errors import WorldError
from worlds.merge import merged
from worlds.records.records import Records
from worlds.records.table import Record


def create(records: Records, arguments: Mapping[str, Any]) -> str:
    """Add `record` to `table` under `key`, by default its field `id`. Raises WorldError where the key is taken."""
    table, record = _table(records, arguments), _record(arguments)
    key = str(arguments.get("key", record.get("id", "")))
    if not key:
        raise WorldError("create needs a key", hint="give `key`, or a record with an `id`")
    if records.get(table, key) is not None:
        raise WorldError(f"{table} has {key!r} already", hint="use patch or replace")
    records.put(table, key, record)
    return key


def replace(records: Records, arguments: Mapping[str, Any]) -> str:
    """Put `record` in the place of the one at `table` and `key`."""
    table, key = _place(records, arguments)
    records.put(table, key, _record(arguments))
    return key


def patch(records: Records, arguments: Mapping[str, Any]) -> str:
    """Change the fields that `record` names; null takes one away (RFC 7396)."""
    table, key = _place(records, arguments)
    records.put(table, key, merged(records.get(table, key), _record(arguments)))
    return key


def remove(records: Records, arguments: Mapping[str, Any]) -> str:
    """Take the record at `table` and `key` away."""
    table, key = _place(records, arguments)
    records.remove(table, key)
    return key


OPERATIONS: Final[Mapping[str, Callable[[Records, Mapping[str, Any]], str]]] = {
    "create": create,
    "replace": replace,
    "patch": patch,
    "remove": remove,
}


def _table(records: Records, arguments: Mapping[str, Any]) -> str:
    table = arguments.get("table")
    shown = [name for name, each in records.tables.items() if not each.hidden]
    if table not in shown:
        raise WorldError(f"there is no {table!r}", hint=f"`table` is one of: {', '.join(sorted(shown))}")
    return str(table)


def _place(records: Records, arguments: Mapping[str, Any]) -> tuple[str, str]:
    table, key = _table(records, arguments), str(arguments.get("key", ""))
    if records.get(table, key) is None:
        raise WorldError(f"{table} has no {key!r}", hint="give the `key` of one that is there")
    return table, key


def _record(arguments: Mapping[str, Any]) -> Record:
    record = arguments.get("record")
    if not isinstance(record, Mapping):
        raise WorldError("`record` is a mapping")
    return record
