"""Operations given as data: what the agenda and other world changes do to a database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import apsw

from worlds.errors import UnknownName, WorldError
from worlds.parts.sql.database import QueryError
from worlds.parts.sql.rows import plain_value
from worlds.parts.sql.sqlite.catalogue import Catalogue, quoted
from worlds.parts.sql.sqlite.limits import OWNERS
from worlds.parts.sql.sqlite.marks import Marks
from worlds.parts.sql.sqlite.session import Session
from worlds.parts.sql.sqlite.text import is_followed, tokens, traits


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its parameters."""

    sql: str
    parameters: Any = ()

    @property
    def plain(self) -> bool:
        """Whether it is one statement that leaves the schema and the connection alone."""
        return traits(self.sql).plain and not is_followed(self.sql)


def plan(operation: str, arguments: Mapping[str, Any]) -> Statement:
    """The statement of an operation. Raises WorldError for an unknown operation or arguments that do not fit it."""
    if operation not in _OPERATIONS:
        raise UnknownName(f"a database has no operation {operation!r}", hint=f"known: {', '.join(_OPERATIONS)}")
    needed, allowed, make = _OPERATIONS[operation]
    if not needed <= arguments.keys() <= allowed:
        wanted = ", ".join(sorted(needed)) + "".join(f", optionally {name}" for name in sorted(allowed - needed))
        raise WorldError(f"{operation}: got {', '.join(sorted(arguments)) or 'nothing'}", hint=f"give {wanted}")
    return make(arguments)


def carry_out(session: Session, catalogue: Catalogue, statement: Statement, marks: Marks) -> list[tuple[Any, ...]]:
    """Run an operation's statements as one; rows of the last. Raises QueryError, and then nothing of it remains."""
    before = session.mount.pages
    session.free()
    session.arm(OWNERS, marks, catalogue)
    connection = session.connection
    try:
        rows = connection.execute(statement.sql, statement.parameters or None).fetchall()
        if connection.in_transaction:
            raise QueryError("the statements leave a transaction open", hint="end them with COMMIT")
    except (apsw.Error, UnicodeError, QueryError) as error:
        session.mount.show(before)
        raise error if isinstance(error, QueryError) else QueryError(str(error)) from None
    marks.renumbered = not statement.plain and any(token.upper() == "VACUUM" for token in tokens(statement.sql))
    return rows


def _execute(arguments: Mapping[str, Any]) -> Statement:
    return Statement(str(arguments["sql"]), arguments.get("parameters", ()))


def _insert(arguments: Mapping[str, Any]) -> Statement:
    columns, values = _pairs(arguments, "row")
    if not columns:
        return Statement(f"INSERT INTO {_table(arguments)} DEFAULT VALUES")
    marks = ", ".join("?" for _ in columns)
    return Statement(f"INSERT INTO {_table(arguments)} ({', '.join(columns)}) VALUES ({marks})", values)


def _merge(arguments: Mapping[str, Any]) -> Statement:
    """Insert a row, or change the named columns of the one that stands in its way."""
    inserted = _insert(arguments)
    columns, _ = _pairs(arguments, "row")
    changed = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return Statement(f"{inserted.sql} ON CONFLICT DO UPDATE SET {changed}", inserted.parameters)


def _update(arguments: Mapping[str, Any]) -> Statement:
    columns, values = _pairs(arguments, "set")
    condition, keys = _condition(arguments)
    changed = ", ".join(f"{column} = ?" for column in columns)
    return Statement(f"UPDATE {_table(arguments)} SET {changed}{condition}", (*values, *keys))


def _delete(arguments: Mapping[str, Any]) -> Statement:
    condition, keys = _condition(arguments)
    return Statement(f"DELETE FROM {_table(arguments)}{condition}", keys)


def _table(arguments: Mapping[str, Any]) -> str:
    return f"main.{quoted(str(arguments['table']))}"


def _condition(arguments: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
    columns, values = _pairs(arguments, "where")
    return " WHERE " + " AND ".join(f"{column} IS ?" for column in columns), values


def _pairs(arguments: Mapping[str, Any], name: str) -> tuple[list[str], tuple[Any, ...]]:
    given = arguments[name]
    if not isinstance(given, Mapping) or (not given and name != "row"):
        raise WorldError(f"{name}: {given!r}", hint="give a mapping by column")
    return [quoted(str(column)) for column in given], tuple(plain_value(value, name) for value in given.values())


_OPERATIONS: Final[dict[str, tuple[set[str], set[str], Callable[[Mapping[str, Any]], Statement]]]] = {
    "execute": ({"sql"}, {"sql", "parameters"}, _execute),
    "insert": ({"table", "row"}, {"table", "row"}, _insert),
    "merge": ({"table", "row"}, {"table", "row"}, _merge),
    "update": ({"table", "set", "where"}, {"table", "set", "where"}, _update),
    "delete": ({"table", "where"}, {"table", "where"}, _delete),
}
