"""What a database's owner asks: read-only, without limits, texts that are not UTF-8 included."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import apsw

from worlds.parts.sql.database import Parameters, QueryError, Result
from worlds.parts.sql.sqlite.catalogue import Catalogue, quoted
from worlds.parts.sql.sqlite.limits import FREE_PACE
from worlds.parts.sql.sqlite.pages import Pages
from worlds.parts.sql.sqlite.session import Session, fresh_session, lasting_session
from worlds.parts.sql.sqlite.text import traits
from worlds.parts.sql.sqlite.vfs import Scene, on_scene


class _Refused(Exception):
    """A statement that would write."""


def query(pages: Pages, catalogue: Catalogue, sql: str, parameters: Parameters) -> Result:
    """The answer to one or more read-only statements; rows of the last. Raises QueryError in the engine's words.

    A text that is not UTF-8 comes with its odd bytes as lone surrogates.
    """
    try:
        with owners_session(pages, catalogue, plain=traits(sql).plain) as session:
            try:
                return _asked(session.connection, sql, parameters)
            except UnicodeDecodeError:
                return _asked_carefully(session.connection, sql, parameters)
    except _Refused:
        raise QueryError("only reading is allowed here", hint="perform an operation to change rows") from None
    except (apsw.Error, UnicodeError) as error:
        raise QueryError(str(error)) from None


@contextmanager
def owners_session(pages: Pages, catalogue: Catalogue, *, plain: bool) -> Iterator[Session]:
    """A session without limits."""
    opened = lasting_session(pages, catalogue) if plain else fresh_session(pages, catalogue)
    with opened as session:
        session.free()
        session.keep_pace(FREE_PACE)
        with on_scene(Scene(session.mount)):
            yield session


def _asked(connection: apsw.Connection, sql: str, parameters: Parameters) -> Result:
    described: list[tuple[Any, ...]] = []
    cursor = connection.cursor()
    cursor.exec_trace = lambda cursor, _, __: _look(cursor, described)
    rows = cursor.execute(sql, parameters or None).fetchall()
    return Result(tuple(column[0] for column in described), tuple(column[1] or "" for column in described), rows)


def _look(cursor: apsw.Cursor, described: list[tuple[Any, ...]]) -> bool:
    if not cursor.is_readonly:
        raise _Refused
    if cursor.has_vdbe:
        described[:] = cursor.get_description()
    return True


def _asked_carefully(connection: apsw.Connection, sql: str, parameters: Parameters) -> Result:
    described: list[tuple[Any, ...]] = []
    cursor = connection.cursor()
    cursor.exec_trace = lambda cursor, _, __: not _look(cursor, described)
    with suppress(apsw.ExecTraceAbort):
        cursor.execute(sql, parameters or None)
    columns = [quoted(f"c{place}") for place in range(len(described))]
    asked = ", ".join(f"typeof({name}), CAST({name} AS BLOB), {_unless_text(name)}" for name in columns)
    wrapped = f"WITH answer({', '.join(columns)}) AS ({sql.strip().rstrip(';')}) SELECT {asked} FROM answer"
    rows = [tuple(_decoded(row)) for row in connection.execute(wrapped, parameters or None)]
    return Result(tuple(column[0] for column in described), tuple(column[1] or "" for column in described), rows)


def _unless_text(name: str) -> str:
    return f"CASE typeof({name}) WHEN 'text' THEN NULL ELSE {name} END"


def _decoded(row: tuple[Any, ...]) -> Iterator[Any]:
    for kind, data, value in zip(row[::3], row[1::3], row[2::3], strict=True):
        yield data.decode(errors="surrogateescape") if kind == "text" else value
