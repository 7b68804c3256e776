"""One statement on one session, within limits: an outcome, or word that it goes beyond what may be done here."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import apsw

from worlds.parts.sql.database import DatabaseError, Outcome, Parameters, Result
from worlds.parts.sql.sqlite.catalogue import Catalogue
from worlds.parts.sql.sqlite.limits import FREE_PACE, Limits, Pace, pace_of
from worlds.parts.sql.sqlite.marks import Marks
from worlds.parts.sql.sqlite.session import Session
from worlds.parts.sql.sqlite.text import is_followed, traits
from worlds.parts.sql.sqlite.undecoded import find_undecodable
from worlds.parts.sql.sqlite.vfs import Scene, on_scene
from worlds.parts.sql.sqlite.vintage import VINTAGES

Ending = Literal["alone", "kept", "lost"]
"""How a client ends a statement: in autocommit; as a change that it commits at once, without looking at rows; or as
a change that it never commits."""

KINDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (apsw.ConstraintError, "IntegrityError"),
    (apsw.MismatchError, "IntegrityError"),
    (apsw.TooBigError, "DataError"),
    (apsw.RangeError, "InterfaceError"),
    (apsw.MisuseError, "InterfaceError"),
    (apsw.NoMemError, "MemoryError"),
    (apsw.InternalError, "InternalError"),
    (apsw.NotFoundError, "InternalError"),
    (apsw.CorruptError, "DatabaseError"),
    (apsw.NotADBError, "DatabaseError"),
    (apsw.Error, "OperationalError"),
)
"""The engine's failures to the classes under which Python's driver raises them."""
_COUNTED: Final = ("INSERT", "UPDATE", "DELETE", "REPLACE")
_EXPLAIN: Final = "EXPLAIN"
_STATEMENTS_KEPT: Final = 256
_MISSING_BINDINGS: Final = re.compile(r"Statement has (\d+) bindings")
ONE_AT_A_TIME: Final = DatabaseError("ProgrammingError", "You can only execute one statement at a time.")
UNFINISHED: Final = DatabaseError("OperationalError", "cannot commit transaction - SQL statements in progress")


class Exceeded(Exception):
    """A statement went beyond a limit; nothing of it remains."""


class Request(NamedTuple):
    """A statement with what it may see of the world."""

    sql: str
    parameters: Parameters = ()
    ending: Ending = "alone"
    now_ns: int = 0
    draw: Callable[[], bytes] = lambda: bytes(32)
    """32 bytes from which its random numbers come; asked only if it wants some."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was learnt of a statement when it was first prepared."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    pace: Pace


class _Followed(Exception):
    """Another statement follows the first."""


def execute(
    session: Session, catalogue: Catalogue, request: Request, limits: Limits, marks: Marks | None = None
) -> Outcome:
    """Run a statement; `session.mount.pages` is what it leaves: nothing where it is not committed.

    In autocommit the engine itself decides what remains of a failed one: nothing as a rule, but rows that `OR FAIL`
    keeps, and all where only the answer could not be read. Raises Exceeded where strict limits are too narrow.
    """
    before = session.mount.pages
    session.arm(limits, marks, catalogue)
    if traits(request.sql).word == _EXPLAIN:  # on a session of its own: with the hook, programs that delete are longer
        session.connection.preupdate_hook(None)
    try:
        with on_scene(Scene(session.mount, request.now_ns, request.draw)):
            outcome = _Run(session, catalogue, request, limits).outcome()
    except Exceeded:
        session.mount.show(before)
        raise
    failed = isinstance(outcome, DatabaseError) and request.ending == "kept"
    if failed or request.ending == "lost" or session.connection.in_transaction:
        session.mount.show(before)
    return outcome


class _Run:
    """One statement on its way."""

    def __init__(self, session: Session, catalogue: Catalogue, request: Request, limits: Limits) -> None:
        self.session = session
        self.request = request
        self.limits = limits
        self.vintage = VINTAGES[session.mount.pages.base.version]
        self.statements: dict[str, Known] = catalogue.statements
        self.known: Known | None = self.statements.get(request.sql) if limits.strict else None

    def outcome(self) -> Outcome:
        """What the engine answers, or what it says instead."""
        if (unsendable := self._unsendable()) is not None:
            return unsendable
        cursor = self.session.connection.cursor()
        try:
            return self._answer(cursor)
        except _Followed:
            return ONE_AT_A_TIME
        except apsw.BindingsError as error:
            return self._unbound(error)
        except UnicodeDecodeError as error:
            return find_undecodable(self.session.connection, self.request.sql, error)
        except apsw.Error as error:
            return self._failure(error)
        except MemoryError:
            return self._beyond(DatabaseError("MemoryError", ""))
        finally:
            cursor.close(True)

    def _answer(self, cursor: apsw.Cursor) -> Outcome:
        if self.known is None:
            self.session.keep_pace(self._first_pace())
            cursor.exec_trace = self._prepared
        else:
            self.session.keep_pace(self.known.pace)
        cursor.execute(self.request.sql, self.request.parameters or None)
        if self.request.ending == "kept":
            if cursor.fetchone() is not None:
                return UNFINISHED
            return Result(rows=[], affected=self._affected())
        rows = self._rows(cursor)
        known = self.known or Known((), (), FREE_PACE)
        return Result(known.columns, known.types, self.vintage.rows(known.columns, rows), self._affected())

    def _first_pace(self) -> Pace:
        """The pace until it is known which functions a statement names: parsing alone calls none."""
        pace = pace_of((), self.limits)
        assert pace is not None
        return pace

    def _prepared(self, cursor: apsw.Cursor, first: str, _: Any) -> bool:
        """Called by SQLite when the statement is prepared and before it runs."""
        if self.known is not None:
            return True  # a comment behind the statement
        if is_followed(self.request.sql, first):
            raise _Followed
        pace = pace_of(self.session.functions, self.limits)
        if pace is None:
            raise Exceeded
        described = (cursor.get_description() if cursor.has_vdbe else None) or ()
        names = tuple(column[0] for column in described)
        self.known = Known(names, tuple(column[1] or "" for column in described), pace)
        self.session.keep_pace(pace)
        if self.limits.strict and len(self.statements) < _STATEMENTS_KEPT:
            self.statements[self.request.sql] = self.known
        return True

    def _rows(self, cursor: apsw.Cursor) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        cells, size = self.limits.cells, self.limits.bytes
        for row in cursor:
            cells -= len(row)
            for value in row:
                if type(value) is str or type(value) is bytes:
                    size -= len(value)
            if cells < 0 or size < 0:
                raise MemoryError
            rows.append(row)
        return rows

    def _affected(self) -> int:
        counted = traits(self.request.sql).word.startswith(_COUNTED)
        return self.session.connection.changes() if counted else -1

    def _unsendable(self) -> DatabaseError | None:
        """What the driver says of a text that cannot reach the engine."""
        try:
            self.request.sql.encode()
        except UnicodeEncodeError as error:
            return DatabaseError("UnicodeEncodeError", str(error))
        if "\0" in self.request.sql:
            return DatabaseError("ProgrammingError", "the query contains a null character")
        return None

    def _unbound(self, error: apsw.BindingsError) -> DatabaseError:
        if is_followed(self.request.sql):
            return ONE_AT_A_TIME
        missing = _MISSING_BINDINGS.search(str(error))
        if missing is None:
            return DatabaseError("ProgrammingError", str(error))
        uses = f"The current statement uses {missing[1]}, and there are 0 supplied."
        return DatabaseError("ProgrammingError", f"Incorrect number of bindings supplied. {uses}")

    def _failure(self, error: apsw.Error) -> DatabaseError:
        limited = (apsw.TooBigError, apsw.IOError, apsw.FullError, apsw.NoMemError)
        if self.session.over or isinstance(error, limited) or "pattern too complex" in str(error):
            return self._beyond(failure(error))
        found = failure(error)
        return DatabaseError(found.kind, self.vintage.message(found.message, self.session.refused))

    def _beyond(self, outcome: DatabaseError) -> DatabaseError:
        if self.limits.strict:
            raise Exceeded
        return outcome


def failure(error: apsw.Error) -> DatabaseError:
    """The engine's failure as data."""
    kind = next(name for group, name in KINDS if isinstance(error, group))
    return DatabaseError(kind, "" if kind == "MemoryError" else str(error))
