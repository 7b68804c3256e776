"""Answers of the MotherDuck server as JSON texts, with its limits on rows and characters."""

import json
from typing import Any, Final

from worlds.parts.sql.database import DatabaseError

ROWS_MAX: Final = 1_024
CHARACTERS_MAX: Final = 50_000
NO_STATEMENT: Final = ("AttributeError", "'NoneType' object has no attribute 'description'")
"""What the server says, unwittingly, of a text without a statement."""


def show(value: Any) -> str:
    """A value as the server prints it: what JSON cannot hold becomes Python's text of it."""
    return json.dumps(value, indent=2, default=str)


def rows_shown(columns: tuple[str, ...], types: tuple[str, ...], rows: list[list[Any]], fetched: int) -> dict[str, Any]:
    """The answer to a query of which `fetched` rows came back and `rows` are at hand, the first of them.

    Rows that are not at hand hold more characters than an answer may. Raises TypeError for maps whose keys JSON cannot
    hold, as the server does.
    """
    count = min(fetched, ROWS_MAX)
    result: dict[str, Any] = {
        "success": True,
        "columns": list(columns),
        "columnTypes": list(types),
        "rows": rows[:count],
        "rowCount": count,
    }
    if fetched > ROWS_MAX:
        result["truncated"] = True
        result["warning"] = f"Results limited to {ROWS_MAX:,} rows. Query returned more data."
    while count and (count > len(rows) or len(json.dumps(result, default=str)) > CHARACTERS_MAX):
        count -= max(1, count // 10)
        result["rows"] = rows[:count]
        result["rowCount"] = count
        result["truncated"] = True
        result["warning"] = f"Results limited to {count:,} rows due to {CHARACTERS_MAX // 1000}KB output size limit."
    return result


def failure(kind: str, message: str) -> dict[str, Any]:
    """What a tool answers when the engine, or the server itself, failed."""
    return {"success": False, "error": message, "errorType": kind}


def failure_of(error: DatabaseError) -> dict[str, Any]:
    """What a tool answers when the engine refused."""
    return failure(error.kind, error.message)
