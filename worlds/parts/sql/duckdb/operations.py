"""Operations given as data: what agendas and world changes do to a database."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from worlds.errors import UnknownName, WorldError

Statement = tuple[str, list[Any]]


Keys = Mapping[str, Sequence[str]]
"""Primary keys by table, in lower case."""


def spell(operation: str, arguments: Mapping[str, Any], keys: Keys) -> list[Statement]:
    """The statements of an operation. Raises WorldError for an unknown operation or bad arguments."""
    if operation not in _OPERATIONS:
        raise UnknownName(f"a database has no operation {operation!r}", hint=f"known: {', '.join(_OPERATIONS)}")
    taken, spelled = _OPERATIONS[operation]
    unknown = [key for key in arguments if key not in taken]
    missing = [key for key, (_, needed) in taken.items() if needed and key not in arguments]
    wrong = [key for key, value in arguments.items() if key in taken and not isinstance(value, taken[key][0])]
    if unknown or missing or wrong:
        problem = ", ".join(
            [*(f"unknown {k}" for k in unknown), *(f"no {k}" for k in missing), *(f"bad {k}" for k in wrong)]
        )
        raise WorldError(f"{operation}: {problem}", hint=f"it takes: {', '.join(taken)}")
    return spelled(arguments, keys)


def plain_parameters(parameters: Sequence[Any] | Mapping[str, Any]) -> Any:
    """Parameters as a log can keep them, None for none. Raises WorldError for values that JSON cannot hold."""
    if not parameters:
        return None
    values = dict(parameters) if isinstance(parameters, Mapping) else list(parameters)
    try:
        json.dumps(values, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise WorldError(f"parameters: {error}", hint="give texts, numbers, truth values or null") from None
    return values


def _execute(arguments: Mapping[str, Any], keys: Keys) -> list[Statement]:
    return [(arguments["sql"], list(arguments.get("parameters") or ()))]


def _insert(arguments: Mapping[str, Any], keys: Keys) -> list[Statement]:
    return [_inserted(arguments["table"], row) for row in _rows(arguments)]


def _merge(arguments: Mapping[str, Any], keys: Keys) -> list[Statement]:
    """Insert rows, or change the named columns of those that have their keys."""
    table = arguments["table"]
    key = keys.get(table.lower())
    if not key:
        raise WorldError(f"merge: {table} has no primary key", hint="insert, or update with a condition")
    target = ", ".join(map(_name, key))
    statements = []
    for row in _rows(arguments):
        sql, values = _inserted(table, row)
        others = [column for column in row if column not in key]
        change = ", ".join(f"{_name(column)} = excluded.{_name(column)}" for column in others)
        statements.append(
            (f"{sql} on conflict ({target}) do " + (f"update set {change}" if change else "nothing"), values)
        )
    return statements


def _update(arguments: Mapping[str, Any], keys: Keys) -> list[Statement]:
    changes, where = arguments["set"], arguments["where"]
    given = ", ".join(f"{_name(column)} = ?" for column in changes)
    condition, values = _condition(where)
    return [(f"update {_name(arguments['table'])} set {given} where {condition}", [*changes.values(), *values])]


def _delete(arguments: Mapping[str, Any], keys: Keys) -> list[Statement]:
    condition, values = _condition(arguments["where"])
    return [(f"delete from {_name(arguments['table'])} where {condition}", values)]


def _rows(arguments: Mapping[str, Any]) -> Sequence[Any]:
    if ("row" in arguments) is ("rows" in arguments):
        raise WorldError("one row or several are expected", hint="give row or rows")
    rows: Sequence[Any] = [arguments["row"]] if "row" in arguments else arguments["rows"]
    return rows


def _inserted(table: str, row: Any) -> Statement:
    if not isinstance(row, Mapping) or not row:
        raise WorldError(f"a row of {table} is no mapping by column", hint="give {column: value, ...}")
    columns, marks = ", ".join(map(_name, row)), ", ".join("?" for _ in row)
    return f"insert into {_name(table)} ({columns}) values ({marks})", list(row.values())


def _condition(where: Mapping[str, Any]) -> tuple[str, list[Any]]:
    tests = [f"{_name(column)} is not distinct from ?" for column in where]
    return " and ".join(tests) or "true", list(where.values())


def _name(name: Any) -> str:
    """An identifier, with its schema where there is a dot."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in str(name).split("."))


_Taken = Mapping[str, tuple[type | tuple[type, ...], bool]]
_OPERATIONS: Final[dict[str, tuple[_Taken, Callable[[Mapping[str, Any], Keys], list[Statement]]]]] = {
    "execute": ({"sql": (str, True), "parameters": (Sequence, False)}, _execute),
    "insert": ({"table": (str, True), "row": (Mapping, False), "rows": (Sequence, False)}, _insert),
    "merge": ({"table": (str, True), "row": (Mapping, False), "rows": (Sequence, False)}, _merge),
    "update": ({"table": (str, True), "where": (Mapping, True), "set": (Mapping, True)}, _update),
    "delete": ({"table": (str, True), "where": (Mapping, True)}, _delete),
}
