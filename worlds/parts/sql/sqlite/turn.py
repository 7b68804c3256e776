"""A statement's turn in the process that serves everybody: taken if it stays short, passed on otherwise."""

from contextlib import AbstractContextManager
from typing import Any, Final, NamedTuple

from worlds.parts.sql.database import Outcome
from worlds.parts.sql.sqlite.catalogue import Catalogue, quoted, read_catalogue
from worlds.parts.sql.sqlite.execute import Exceeded, Request, execute
from worlds.parts.sql.sqlite.limits import HERE, SQL_BYTES_HERE
from worlds.parts.sql.sqlite.marks import Marks
from worlds.parts.sql.sqlite.pages import Pages
from worlds.parts.sql.sqlite.session import Session, fresh_session, lasting_session
from worlds.parts.sql.sqlite.settle import to_rescan
from worlds.parts.sql.sqlite.state import State
from worlds.parts.sql.sqlite.text import traits

_HEAVY_KEPT: Final = 64
_RENUMBERS: Final = "VACUUM"


class Turn(NamedTuple):
    """What a statement answered and left."""

    outcome: Outcome
    pages: Pages
    catalogue: Catalogue
    marks: Marks


def take_turn(pages: Pages, catalogue: Catalogue, measured: State, request: Request) -> Turn | None:
    """Run a statement here; None when it belongs in a worker, and then nothing of it remains."""
    if len(request.sql) > SQL_BYTES_HERE:
        return None
    told = traits(request.sql)
    if told.local_time or catalogue.local_time or request.sql in catalogue.heavy:
        return None
    plain = told.plain and not catalogue.personal
    marks = Marks()
    opened: AbstractContextManager[Session] = (lasting_session if plain else fresh_session)(pages, catalogue)
    try:
        with opened as session:
            outcome = execute(session, catalogue, request, HERE, marks)
            after, now = session.mount.pages, catalogue
            if after is not pages and not plain:
                marks.renumbered = told.word == _RENUMBERS
                now = _reread(session, measured, catalogue, marks)
    except Exceeded:
        if len(catalogue.heavy) < _HEAVY_KEPT:
            catalogue.heavy.add(request.sql)
        return None
    return Turn(outcome, after, now, marks)


def _reread(session: Session, measured: State, catalogue: Catalogue, marks: Marks) -> Catalogue:
    """The schema as a statement left it. Raises Exceeded where many rows would have to be read again for it."""
    session.free()
    now = read_catalogue(session.connection, catalogue)
    rows = 0
    for name in to_rescan(measured, now, marks):
        rows += measured.sums[name].rows_count if name in measured.sums else 0
        rows += _count(session, name) if name in now.tables else 0
    if rows > HERE.rescanned_rows:
        raise Exceeded
    return now


def _count(session: Session, name: str) -> int:
    """Rows of a table, counted only as far as it matters."""
    asked = f"SELECT count(*) FROM (SELECT 1 FROM main.{quoted(name)} LIMIT {HERE.rescanned_rows + 1})"
    found: Any = session.connection.execute(asked).fetchone()
    return int(found[0])
