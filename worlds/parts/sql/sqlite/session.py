"""Connections: opened when needed, lent to one state after another, watched while a statement runs."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import apsw

from worlds import host
from worlds.parts.sql.sqlite.catalogue import Catalogue
from worlds.parts.sql.sqlite.limits import FREE_PACE, OWNERS, UNLIMITED, Limits, Pace
from worlds.parts.sql.sqlite.marks import Marks
from worlds.parts.sql.sqlite.mount import Mount
from worlds.parts.sql.sqlite.pages import Pages
from worlds.parts.sql.sqlite.vfs import DATABASE_PATH, VFS_NAME, Scene, on_scene
from worlds.parts.sql.sqlite.vintage import VINTAGES

PER_SCHEMA_MAX: Final = 4
"""Connections for one schema; with them, that many states stay warm."""
OPEN_MAX: Final = 48
_HEAP_PRAGMAS: Final = ("soft_heap_limit", "hard_heap_limit")


class Session:
    """One connection, the state that it shows, and what watches over the statement that it runs."""

    __slots__ = (
        "_deadline_ns",
        "_every",
        "_later",
        "_marks",
        "_marks_max",
        "_operations_left",
        "_pace",
        "_schema",
        "connection",
        "functions",
        "mount",
        "over",
        "refused",
    )  # fmt: skip

    def __init__(self, pages: Pages, catalogue: Catalogue | None, *, lasting: bool) -> None:
        self.mount = Mount(pages)
        self.functions: list[str] = []
        """Names of functions that statements prepared since the last look name, views and triggers included."""
        self.refused = ""
        """A function that the running statement names and that the imitated version does not have."""
        self._later = VINTAGES[pages.base.version].later
        self.over = ""
        """Which limit the running statement went beyond; empty: none."""
        self._marks: Marks | None = None
        self._schema = catalogue
        self._pace = FREE_PACE
        self._every = 0
        with on_scene(Scene(self.mount)):
            self.connection = apsw.Connection(DATABASE_PATH, flags=apsw.SQLITE_OPEN_READWRITE, vfs=VFS_NAME)
            VINTAGES[pages.base.version].dress(self.connection)
            self.connection.authorizer = self._authorize
            self.connection.preupdate_hook(self._mark)
            if lasting:
                self.connection.execute("PRAGMA journal_mode = memory; PRAGMA temp_store = memory").fetchall()
        self.arm(OWNERS, None)

    def arm(self, limits: Limits, marks: Marks | None, catalogue: Catalogue | None = None) -> None:
        """Prepare for one statement: its limits, and where its marks go."""
        self.over = ""
        self.refused = ""
        self.functions.clear()
        self._marks = marks
        self._marks_max = limits.marks
        self._schema = catalogue or self._schema
        self._operations_left = limits.operations
        self._deadline_ns = UNLIMITED if limits.patience_ns == UNLIMITED else host.thread_cpu_ns() + limits.patience_ns
        self.mount.reads_left = limits.pages_read
        self.mount.pages_max = limits.pages_written + self.mount.pages.base.pages_count

    def free(self) -> None:
        """Prepare for reading a few rows without limits, marks or patience; for many, keep the free pace besides."""
        self.over = ""
        self._marks = None
        self._operations_left = self._deadline_ns = self.mount.reads_left = UNLIMITED
        if self._pace.value_bytes < FREE_PACE.value_bytes:
            self.connection.limit(apsw.SQLITE_LIMIT_LENGTH, FREE_PACE.value_bytes)
            self.connection.limit(apsw.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, FREE_PACE.pattern_bytes)
            self._pace = Pace(FREE_PACE.value_bytes, FREE_PACE.pattern_bytes, self._pace.every)

    def keep_pace(self, pace: Pace) -> None:
        """Bound the sizes of values and patterns, and look after so many operations each."""
        if pace == self._pace:
            return
        self.connection.limit(apsw.SQLITE_LIMIT_LENGTH, pace.value_bytes)
        self.connection.limit(apsw.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, pace.pattern_bytes)
        if pace.every != self._every:
            self.connection.set_progress_handler(self._look, pace.every)
            self._every = pace.every
        self._pace = pace

    def close(self) -> None:
        """Close the connection."""
        with on_scene(Scene(self.mount)):
            self.connection.close(True)

    def _look(self) -> bool:
        self._operations_left -= self._every
        if self._operations_left < 0:
            self.over = "operations"
        elif host.thread_cpu_ns() > self._deadline_ns:
            self.over = "patience"
        return bool(self.over)

    def _authorize(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if action == apsw.SQLITE_FUNCTION and second is not None:
            self.functions.append(second)
            if second.lower() in self._later:
                self.refused = second
                return int(apsw.SQLITE_DENY)
        elif action == apsw.SQLITE_PRAGMA and first in _HEAP_PRAGMAS and second is not None:
            return int(apsw.SQLITE_IGNORE)  # these hold for the whole process
        return int(apsw.SQLITE_OK)

    def _mark(self, update: apsw.PreUpdate) -> None:
        if self._marks is None or self._schema is None:
            return
        self._marks.see(update, self._schema)
        if self._marks.count > self._marks_max:
            self.over = "marks"


class _Pool(threading.local):
    """This thread's lasting sessions by schema, the least recently used schema first."""

    def __init__(self) -> None:
        self.lasting: OrderedDict[Catalogue, list[Session]] = OrderedDict()
        self.count = 0

    def take(self, pages: Pages, catalogue: Catalogue) -> Session:
        """A session that shows these pages: the one that shows them already, a new one, or the one used longest ago."""
        free = self.lasting.get(catalogue)
        if free is None:
            free = self.lasting[catalogue] = []
        self.lasting.move_to_end(catalogue)
        for place in range(len(free) - 1, -1, -1):
            if free[place].mount.pages is pages:
                return free.pop(place)
        if len(free) >= PER_SCHEMA_MAX:
            session = free.pop(0)
            session.mount.show(pages)
            return session
        self.count += 1
        return Session(pages, catalogue, lasting=True)

    def give_back(self, session: Session, catalogue: Catalogue) -> None:
        """Keep a session for later."""
        if catalogue in self.lasting:
            self.lasting[catalogue].append(session)
        else:
            self.lasting[catalogue] = [session]
        while self.count > OPEN_MAX:
            self._close_oldest()

    def drop(self, session: Session) -> None:
        """Close a session that may be in disorder."""
        self.count -= 1
        session.close()

    def _close_oldest(self) -> None:
        catalogue = next(iter(self.lasting))
        sessions = self.lasting[catalogue]
        if sessions:
            self.drop(sessions.pop(0))
        if not sessions:
            del self.lasting[catalogue]


_POOL: Final = _Pool()


class lasting_session:
    """A session of this thread that shows some pages for a while; it goes on to show others afterwards."""

    __slots__ = ("_catalogue", "_pages", "_session")

    def __init__(self, pages: Pages, catalogue: Catalogue) -> None:
        self._pages = pages
        self._catalogue = catalogue

    def __enter__(self) -> Session:
        self._session = _POOL.take(self._pages, self._catalogue)
        return self._session

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            _POOL.give_back(self._session, self._catalogue)
        else:  # it may be in disorder
            _POOL.drop(self._session)


@contextmanager
def fresh_session(pages: Pages, catalogue: Catalogue | None) -> Iterator[Session]:
    """A session as a client opens it: nothing was said on it before, and it is closed afterwards."""
    session = Session(pages, catalogue, lasting=False)
    try:
        yield session
    finally:
        session.close()
