"""A SQLite database as a part of a world: forks and resets cost the same whatever it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final, Self

from worlds.blobs import Blobs
from worlds.chance import NOBODY
from worlds.changes import Actor, Change, kind_of
from worlds.part import Moment
from worlds.parts.sql.database import DatabaseError, Decided, Outcome, Parameters, Result
from worlds.parts.sql.merging import merge_rows
from worlds.parts.sql.schema import TableInfo
from worlds.parts.sql.sqlite.archive import dump_since, dump_state, load_state, state_of
from worlds.parts.sql.sqlite.catalogue import read_catalogue
from worlds.parts.sql.sqlite.compare import compare
from worlds.parts.sql.sqlite.execute import Ending, Request
from worlds.parts.sql.sqlite.marks import Marks
from worlds.parts.sql.sqlite.operations import carry_out, plan
from worlds.parts.sql.sqlite.query import owners_session, query
from worlds.parts.sql.sqlite.remote import run_remotely
from worlds.parts.sql.sqlite.session import fresh_session, lasting_session
from worlds.parts.sql.sqlite.settle import Delta, measure, net
from worlds.parts.sql.sqlite.state import State
from worlds.parts.sql.sqlite.tables import known_tables, read_tables
from worlds.parts.sql.sqlite.turn import Turn, take_turn
from worlds.parts.sql.sqlite.vfs import Scene, on_scene
from worlds.parts.sql.sqlite.workers import WORKERS, Errand, WorkerEnded

KILLED: Final = DatabaseError("OperationalError", "interrupted", "killed")
"""What an agent is told of a statement whose worker was ended."""


class SqliteDatabase:
    """A database on copy-on-write pages.

    Between effects it is one settled state. Within one, statements leave pages and marks; measuring turns these into
    sums and changes, and settling into a state with somebody to blame.
    """

    kind: ClassVar[str] = "sql"
    __slots__ = ("_catalogue", "_deltas", "_errand", "_marks", "_measured", "_pages", "_state")

    def __init__(self, state: State) -> None:
        self._errand: Errand | None = None
        self._take(state)

    def _take(self, state: State) -> None:
        self._state = state
        self._measured = state
        self._pages = state.pages
        self._catalogue = state.catalogue
        self._marks = Marks()
        self._deltas: list[Delta] = []

    def fork(self) -> Self:
        """An independent copy of the settled state."""
        return type(self)(self._state)

    def adopt(self, other: Self) -> None:
        """Become an independent copy of `other`'s settled state."""
        self._take(other._state)

    def same(self, older: Self) -> bool:
        """Whether nothing at all was written since the fork `older`."""
        return self._state is older._state and self._pages is older._pages

    def settle(self, actor: Actor) -> Sequence[Change]:
        """End an effect. More than 2,000 changed rows of a table are told as one change, `orders[*]`."""
        if self._pages is self._state.pages:
            return ()
        self._measure()
        changes = net(self._deltas)
        deltas = self._deltas
        things = deltas[0].things if len(deltas) == 1 else [thing for delta in deltas for thing in delta.things]
        self._take(self._measured.blamed(things, actor) if things else self._measured)
        return [
            Change(change.path, kind_of(change.before, change.after), change.before, change.after, (actor,))
            for change in changes
        ]

    def digest(self) -> bytes:
        """32 bytes over rows and schema."""
        return self._state.digest

    def marks_digest(self) -> bytes:
        """32 bytes over hidden row numbers, SQLite's own tables, user version and application id."""
        return self._state.marks_digest

    def recomputed(self) -> tuple[bytes, bytes]:
        """Both digests computed from nothing."""
        state = state_of(self._state.pages)
        return state.digest, state.marks_digest

    def diff(self, older: Self) -> Sequence[Change]:
        """Net changes of rows and schema objects from `older` to this."""
        return sorted(compare(self._state, older._state), key=lambda change: change.path)

    def dump(self, blobs: Blobs) -> dict[str, Any]:
        """The base by its hash, and the pages that differ by theirs."""
        return dump_state(self._state, blobs)

    def dump_since(self, older: Self, blobs: Blobs) -> dict[str, Any] | None:
        """The pages written and the blame given since an older state; None for one of another base."""
        return dump_since(self._state, older._state, blobs)

    @classmethod
    def load(cls, manifest: Mapping[str, Any], blobs: Blobs) -> Self:
        """The database that `dump` described, its digests verified. Raises ArchiveError."""
        return cls(load_state(manifest, blobs))

    def close(self) -> None:
        """Nothing to give back: connections and workers are shared."""

    async def run(
        self,
        sql: str,
        moment: Moment,
        parameters: Parameters = (),
        *,
        decided: Decided | None = None,
        ending: Ending = "alone",
    ) -> Outcome:
        """Answer one statement as Python's driver would on a connection opened for it.

        `ending`: `alone` runs it in autocommit; `kept` as a change that is committed at once, without looking at its
        rows; `lost` as one that never is. Nothing of a failed statement remains, except what SQLite keeps in
        autocommit (`OR FAIL`). What takes more than some milliseconds here is run in a worker instead: the
        outcome is the same. There, a statement ends as `interrupted` after 100 million operations or 15 s of CPU time,
        and as a MemoryError where its answer has more than 4 MB or a million cells.
        """
        if decided == "killed":
            return KILLED
        request = Request(sql, parameters, ending, moment.now_ns, lambda: _draw(moment))
        turn = take_turn(self._pages, self._catalogue, self._measured, request)
        if turn is None:
            return await self._run_elsewhere(request)
        self._leave(turn)
        return turn.outcome

    def interrupt(self) -> None:
        """End the statement that a worker runs, if one does; it is answered as killed."""
        if (errand := self._errand) is not None:
            errand.end()

    def warm(self) -> None:
        """Have a worker started, unless one is idle."""
        WORKERS.warm()

    def query(self, sql: str, parameters: Parameters = ()) -> Result:
        """Answer an owner's read-only statements on the content as it is. Raises QueryError."""
        return query(self._pages, self._catalogue, sql, parameters)

    def tables(self, *, existing: bool = False) -> list[TableInfo]:
        """The tables, each after those that it refers to. Settled ones are counted already."""
        settled = self._pages is self._state.pages
        counts = {name: each.rows_count for name, each in self._state.sums.items()} if settled else None
        known = known_tables(self._catalogue, counts) if counts is not None and not existing else None
        if known is not None:
            return known
        with owners_session(self._pages, self._catalogue, plain=True) as session:
            return read_tables(session.connection, self._catalogue, existing=existing, counts=counts)

    def schema(self) -> dict[str, dict[str, Any]]:
        """The schema's objects by name: their type and the statement that made them."""
        return {name: dict(each) for name, each in self._catalogue.objects.items()}

    def image(self) -> bytes:
        """The settled state as a database file."""
        return self._state.pages.image()

    def perform(self, operation: str, arguments: Mapping[str, Any], moment: Moment) -> Any:
        """Do `execute` {sql, parameters?}, `insert` or `merge` {table, row}, `update` {table, set, where} or `delete`
        {table, where}; returns the rows that it answers. Raises WorldError, and then nothing of it remains."""
        statement = plan(operation, arguments)
        marks = Marks()
        pages, catalogue = self._pages, self._catalogue
        plain = statement.plain and not catalogue.personal
        with (lasting_session if plain else fresh_session)(pages, catalogue) as session:
            with on_scene(Scene(session.mount, moment.now_ns, lambda: _draw(moment))):
                rows = carry_out(session, catalogue, statement, marks)
            pages = session.mount.pages
            if pages is not self._pages and not plain:
                catalogue = read_catalogue(session.connection, catalogue)
        self._leave(Turn(Result(rows=rows), pages, catalogue, marks))
        return rows

    def merge(self, changes: Mapping[str, Any], moment: Moment) -> None:
        """Change and add rows by table and key. Raises WrongChange."""
        merge_rows(self, changes, moment)

    def _leave(self, turn: Turn) -> None:
        """Take over what a statement left."""
        if turn.pages is self._pages:
            return
        self._pages, self._catalogue = turn.pages, turn.catalogue
        self._marks.absorb(turn.marks)

    def _measure(self) -> None:
        """Turn what was left since the last time into sums and changes."""
        if self._pages is self._measured.pages:
            return
        delta = measure(self._measured, self._pages, self._catalogue, self._marks)
        self._measured = self._measured.with_sums(self._pages, self._catalogue, delta.sums, delta.internal)
        self._deltas.append(delta)
        self._marks = Marks()

    async def _run_elsewhere(self, request: Request) -> Outcome:
        self._measure()
        self._errand = Errand()
        try:
            found = await run_remotely(self._measured, request, self._errand)
        except WorkerEnded:
            return KILLED
        finally:
            self._errand = None
        if found.state is not self._measured:
            self._measured = found.state
            self._pages, self._catalogue = found.state.pages, found.state.catalogue
            self._deltas.append(found.delta)
        return replace(found.outcome, decided="worker")


def _draw(moment: Moment) -> bytes:
    """From what SQLite's random numbers at that moment come."""
    return moment.chance.raw("sql", NOBODY, "random", size=32)
