"""The loop of a worker process: requests in, answers out, until the parent goes away or a request breaks it."""

import shutil
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from worlds.parts.sql.duckdb.messages import (
    READY,
    Broken,
    Compare,
    Content,
    Effects,
    Entry,
    Failure,
    Make,
    Reach,
    Read,
    Repeat,
    Run,
    Table,
    Told,
    Whole,
    receive,
    send,
)
from worlds.parts.sql.duckdb.process.bases import Bases
from worlds.parts.sql.duckdb.process.catalogue import read_catalog, read_sequences
from worlds.parts.sql.duckdb.process.comparing import compare
from worlds.parts.sql.duckdb.process.hashing import sum_table
from worlds.parts.sql.duckdb.process.instance import Instance
from worlds.parts.sql.duckdb.process.making import make
from worlds.parts.sql.duckdb.process.reading import Reader
from worlds.parts.sql.duckdb.process.session import BrokenState, Session


class Work:
    """What one worker process does, one request at a time."""

    def __init__(self, channel: socket.socket, folder: Path, builtin: frozenset[str]) -> None:
        self.channel = channel
        self.folder = folder
        self.builtin = builtin
        self.bases = Bases(folder)
        self.base: Path | None = None
        self.session: Session | None = Session(Instance(folder), builtin)
        self.reader: Reader | None = None

    def serve(self) -> None:
        """Answer until nobody asks any more."""
        while True:
            try:
                request = receive(self.channel)
            except (EOFError, OSError):
                return
            send(self.channel, self._answer(request))

    def _answer(self, request: Any) -> Any:
        try:
            return _ANSWERS[type(request)](self, request)
        except BrokenState as error:
            return Broken(str(error))

    def reach(self, reach: Reach) -> Session:
        """Bring the database into a state, and say so. Raises BrokenState when it cannot be reached."""
        if reach.renew and self.session:
            self.session.instance.close()
            self.session = None
        session = self.session = self.session or Session(Instance(self.folder), self.builtin)
        if reach.restart:
            self._restart(session, reach)
        for entry in reach.entries:
            session.redo(entry)
        if reach.entries:
            session.catch_up()
        return session

    def ready(self, reach: Reach) -> Session:
        """Reach a state, and say that the work proper begins."""
        session = self.reach(reach)
        send(self.channel, READY)
        return session

    def _restart(self, session: Session, reach: Reach) -> None:
        session.instance.detach()
        if self.base is not None:
            self.bases.check(self.base)
        self.base = self.bases.get(reach)
        session.start(self.base, reach.alias, reach.catalog)

    def run(self, request: Run) -> Told:
        """Answer an agent's statement."""
        return self.ready(request.reach).run(request.entry, request.cells_max)

    def repeat(self, request: Repeat) -> list[Told]:
        """Do statements again and say what each changed."""
        session = self.ready(request.reach)
        return [_told_again(session, entry) for entry in request.entries]

    def read(self, request: Read) -> Table | Failure:
        """Answer an owner's query."""
        session = self.ready(request.reach)
        if self.reader is None or self.reader.instance is not session.instance:
            self.reader = Reader(session.instance)
        return self.reader.ask(request.sql, request.parameters, request.now_us)

    def whole(self, request: Whole) -> Content:
        """Hash everything anew."""
        session = self.ready(request.reach)
        look, alias = session.instance.look, session.instance.alias
        catalog = read_catalog(look, alias)
        sums = {table.name: sum_table(look, alias, table)[0] for table in catalog.tables}
        return Content(catalog, sums, read_sequences(look, alias))

    def compare(self, request: Compare) -> Effects:
        """Rows that differ between two states."""
        send(self.channel, READY)
        return compare(self.reach, request)

    def make(self, request: Make) -> Content | Failure | Broken:
        """Lay down a base file."""
        send(self.channel, READY)
        return make(Path(request.recipe), Path(request.target), counted=request.counted)


_ANSWERS: Final[dict[type, Callable[[Work, Any], Any]]] = {
    Run: Work.run,
    Repeat: Work.repeat,
    Read: Work.read,
    Whole: Work.whole,
    Compare: Work.compare,
    Make: Work.make,
}


def _told_again(session: Session, entry: Entry) -> Told:
    told = session.run(entry)
    ended = "error" if isinstance(told.answer, Failure) else "ok"
    if entry.outcome not in (ended, "killed"):
        raise BrokenState(f"a statement that ended {entry.outcome} now ends {ended}")
    return replace(told, answer=Table())


def work(channel: socket.socket, folder: Path, builtin: frozenset[str]) -> None:
    """Be a worker: answer on a channel, keep files in a folder, and clean it up at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        Work(channel, folder, builtin).serve()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
