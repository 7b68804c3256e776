"""A DuckDB database as a part of a world: data here, the engine in worker processes that are leased for each call."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Self

from worlds.blobs import Blobs
from worlds.chance import Identity
from worlds.changes import Actor, Change
from worlds.digest import SetSum
from worlds.errors import WorldError
from worlds.part import Moment
from worlds.parts.sql.database import DatabaseError, Decided, Outcome, Parameters, QueryError, Result
from worlds.parts.sql.duckdb.archive import dump_since, dump_state, load_state
from worlds.parts.sql.duckdb.differences import diff_states, step_changes
from worlds.parts.sql.duckdb.facts import catalog_digest, label, table_infos
from worlds.parts.sql.duckdb.leases import Attempt, is_personal, read_job, whole_job
from worlds.parts.sql.duckdb.messages import Catalog, Content, Effects, Entry, Failure, Table, Told
from worlds.parts.sql.duckdb.operations import plain_parameters, spell
from worlds.parts.sql.duckdb.pool import Pool, shared_pool
from worlds.parts.sql.duckdb.state import State, content_digest, marks_digest
from worlds.parts.sql.duckdb.tables import read_existing
from worlds.parts.sql.duckdb.worker import Job, Killed
from worlds.parts.sql.merging import merge_rows
from worlds.parts.sql.schema import TableInfo

INTERRUPTED: Final = DatabaseError("InterruptException", "INTERRUPT Error: Interrupted!", "killed")
"""What an agent is told of a statement whose worker was ended, whatever ended it."""
TOO_LONG: Final = DatabaseError("OutOfMemoryException", "Out of Memory Error: failed to allocate data of size 64.0 MiB")
"""What an agent is told of a text that no worker should have to read."""
_TEXT_MAX: Final = 1 << 20
_STREAM: Final = "sql"
_CELLS_MAX: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class Shipped(Result):
    """A result of which perhaps not all fetched rows were shipped."""

    more: int = 0
    """Rows that were fetched beside `rows`, but hold too many characters."""
    empty: bool = False
    """Whether the text held no statement at all."""


class DuckDatabase:
    """A database on DuckDB. Forks share their state; nothing but a worker ever runs SQL."""

    kind: ClassVar[str] = "sql"
    __slots__ = ("_done", "_job", "_settled", "_state", "pool")

    def __init__(self, state: State, pool: Pool | None = None) -> None:
        self.pool = pool or shared_pool()
        self._state = self._settled = state
        self._job: Job | None = None
        """The statement in progress."""
        self._done: list[tuple[Catalog, Effects]] = []
        """What was changed since the last settlement, each with the schema before it."""

    async def run(
        self,
        sql: str,
        moment: Moment,
        parameters: Parameters = (),
        *,
        decided: Decided | None = None,
        rows_max: int = 0,
        cells_max: int = _CELLS_MAX,
        personal: bool | None = None,
    ) -> Outcome:
        """Answer a text of one or more statements: the last one's answer, or the first failure.

        `rows_max` rows (0: all) are fetched; those that hold more than `cells_max` characters together are only
        counted, in the result's `more`. `personal` says whether the text asks for object ids and the like, which
        takes a newly opened instance (by default that is read from it). A failed statement leaves nothing; those
        before it in the same text stay.
        """
        if len(sql) > _TEXT_MAX:
            return TOO_LONG
        try:
            sql.encode()
        except UnicodeEncodeError as error:
            return DatabaseError("UnicodeEncodeError", str(error))
        fresh = is_personal(sql) if personal is None else personal
        entry = self._entry(sql, moment, parameters, rows_max=rows_max, fresh=fresh, free=False)
        attempt = Attempt(self._state, entry, cells_max)
        if decided == "killed":
            return self._take_killed(attempt)
        try:
            told = await self._told(attempt.job())
        except Killed:
            return self._take_killed(attempt)
        return self._take(attempt, told)

    def interrupt(self) -> None:
        """End the statement in progress, if there is one; it is answered as killed. Blocks shortly."""
        if (job := self._job) is not None:
            self.pool.interrupt(job)

    def query(self, sql: str, parameters: Parameters = ()) -> Result:
        """Answer an owner's SELECT on the content as it is. Blocks while a worker answers. Raises QueryError."""
        answer: Table | Failure = self._ask(read_job(self._state, sql, plain_parameters(parameters)))
        if isinstance(answer, Failure):
            raise QueryError(answer.message)
        return Result(answer.columns, answer.types, answer.rows, answer.affected, "worker")

    def tables(self, *, existing: bool = False) -> list[TableInfo]:
        """The tables, each after those it refers to. Blocks only to read what exists."""
        return read_existing(self, self._state.catalog) if existing else table_infos(self._state.catalog)

    def fork(self) -> Self:
        """An independent copy of the settled state, in O(1)."""
        return type(self)(self._settled, self.pool)

    def adopt(self, other: Self) -> None:
        """Become an independent copy of `other`, in O(1)."""
        self._state = self._settled = other._settled
        self._done = []

    def same(self, older: Self) -> bool:
        """Whether no statement ran since."""
        return self._state is self._settled is older._settled

    def settle(self, actor: Actor) -> Sequence[Change]:
        """Take over what the statements since the last settlement changed; asks no worker."""
        if self._state is self._settled:
            return []
        changes = step_changes(self._settled, self._state, self._done, actor)
        if changes:
            paths = tuple(dict.fromkeys(change.path for change in changes))
            blame = self._state.blame.plus(actor, paths, self._state.log.length)
            self._state = replace(self._state, blame=blame)
        self._settled, self._done = self._state, []
        return changes

    def digest(self) -> bytes:
        """32 bytes over schema and rows."""
        return self._settled.digest

    def marks_digest(self) -> bytes:
        """32 bytes over the positions of sequences and what the agent's session holds."""
        return self._settled.marks_digest

    def recomputed(self) -> tuple[bytes, bytes]:
        """Both digests from a replay of the whole log, in O(size). Blocks."""
        state = self._settled
        found: Content = self._ask(whole_job(state))
        sums = {name: SetSum(total) for name, total in found.sums.items()}
        return (
            content_digest(catalog_digest(found.catalog), sums),
            marks_digest(found.sequences, state.pending, state.lasting),
        )

    def diff(self, older: Self) -> Sequence[Change]:
        """Net changes, in path order. Blocks where no base is shared, or a table's changes were too many to keep."""
        return diff_states(older._settled, self._settled, self._ask)

    def dump(self, blobs: Blobs) -> dict[str, Any]:
        """The base by its recipe's hash, the write log, and who settled what."""
        return dump_state(self._settled, blobs)

    def dump_since(self, older: Self, blobs: Blobs) -> dict[str, Any] | None:
        """The statements attempted since an older state; None for one of another history."""
        return dump_since(self._settled, older._settled)

    @classmethod
    def load(cls, manifest: Mapping[str, Any], blobs: Blobs) -> Self:
        """The database that was dumped, after doing its log again. Raises ArchiveError. Blocks."""
        pool = shared_pool()
        return cls(load_state(manifest, blobs, pool), pool)

    def perform(self, operation: str, arguments: Mapping[str, Any], moment: Moment) -> Any:
        """Do an operation given as data, see `operations`. Blocks. Raises QueryError with the engine's words."""
        affected = 0
        keys = {label(table.name).lower(): table.primary_key for table in self._state.catalog.tables}
        for sql, parameters in spell(operation, arguments, keys):
            outcome = self._run_now(sql, moment, parameters)
            if isinstance(outcome, DatabaseError):
                raise QueryError(f"{operation}: {outcome.message}")
            affected += max(0, outcome.affected)
        return affected

    def merge(self, changes: Mapping[str, Any], moment: Moment) -> None:
        """Change and add rows by table and key. Raises WrongChange."""
        merge_rows(self, changes, moment)

    def close(self) -> None:
        """Nothing is held: workers belong to the pool."""

    async def _told(self, job: Job) -> Told:
        """A worker's answer. Raises Killed."""
        self._job = job
        try:
            told: Told = await asyncio.wrap_future(self.pool.submit(job))
        finally:
            self._job = None
        return told

    def _run_now(self, sql: str, moment: Moment, parameters: Parameters) -> Outcome:
        entry = self._entry(sql, moment, parameters, rows_max=0, fresh=False, free=True)
        attempt = Attempt(self._state, entry, _CELLS_MAX)
        try:
            return self._take(attempt, self._ask(attempt.job()))
        except Killed:
            return self._take_killed(attempt)

    def _entry(
        self, sql: str, moment: Moment, parameters: Parameters, *, rows_max: int, fresh: bool, free: bool
    ) -> Entry:
        number = self._state.log.length + 1
        seed = moment.chance.unit(_STREAM, Identity(_STREAM, attempt=number), "seed")
        return Entry(sql, plain_parameters(parameters), moment.now_ns // 1_000, seed, rows_max, fresh, free)

    def _take(self, attempt: Attempt, told: Told) -> Outcome:
        self._advance(attempt, told)
        answer = told.answer
        if isinstance(answer, Failure):
            return DatabaseError(answer.kind, answer.message, "worker")
        return Shipped(answer.columns, answer.types, answer.rows, answer.affected, "worker", answer.more, answer.empty)

    def _take_killed(self, attempt: Attempt) -> DatabaseError:
        """Record that the statement ended with its worker; an open transaction is spoilt by that."""
        state = attempt.state
        told = Told(Failure("", ""), logged=True, open=state.open)
        attempt.entry = replace(attempt.entry, outcome="killed")
        self._advance(attempt, told)
        return INTERRUPTED

    def _advance(self, attempt: Attempt, told: Told) -> None:
        if self._state is not attempt.state:
            raise WorldError("two statements ran at once on one database", hint="run one after the other")
        if not told.logged:
            return
        catalog = self._state.catalog
        for effects in told.effects:
            self._done.append((catalog, effects))
            catalog = effects.catalog or catalog
        self._state = self._state.after(told, attempt.log(told), attempt.entry.now_us)

    def _ask(self, job: Job) -> Any:
        return self.pool.submit(job).result()
