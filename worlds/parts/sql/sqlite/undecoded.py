"""Which column of an answer held a text that is not UTF-8: drivers name it."""

from contextlib import suppress
from typing import Any

import apsw

from worlds.parts.sql.database import DatabaseError
from worlds.parts.sql.sqlite.catalogue import quoted


def find_undecodable(connection: apsw.Connection, sql: str, error: UnicodeDecodeError) -> DatabaseError:
    """What Python's driver says when it cannot decode a text: the column's name and the text up to its first NUL."""
    text = bytes(error.object).split(b"\0")[0].decode(errors="replace")
    name = _column_of(connection, sql, bytes(error.object))
    return DatabaseError("OperationalError", f"Could not decode to UTF-8 column '{name}' with text '{text}'")


def _column_of(connection: apsw.Connection, sql: str, data: bytes) -> str:
    """The first column in which that text stands, looked up by asking again with texts as blobs."""
    cursor = connection.cursor()
    names: list[str] = []

    def note(cursor: apsw.Cursor, _: str, __: Any) -> bool:
        names.extend(column[0] for column in cursor.get_description())
        return False

    cursor.exec_trace = note
    with suppress(apsw.ExecTraceAbort):
        cursor.execute(sql)
    columns = [f"c{place}" for place in range(len(names))]
    listed = ", ".join(quoted(column) for column in columns)
    asked = ", ".join(f"CAST({column} AS BLOB)" for column in columns)
    try:
        rows = connection.execute(f"WITH answer({listed}) AS ({sql.strip().rstrip(';')}) SELECT {asked} FROM answer")
        found = next((row.index(data) for row in rows if data in row), 0)
    except apsw.Error:
        found = 0  # not a SELECT, and then of one column as a rule
    return names[found] if names else ""
