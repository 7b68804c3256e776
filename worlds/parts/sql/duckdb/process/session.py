"""One database in one worker: reaching a state, answering statements there, saying what they changed."""

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb

from worlds.parts.sql.duckdb.messages import Catalog, Effects, Entry, Failure, Table, Told
from worlds.parts.sql.duckdb.process.answers import failure_of, fetch
from worlds.parts.sql.duckdb.process.catalogue import has_sequences, read_catalog, read_sequences
from worlds.parts.sql.duckdb.process.changes import Observer
from worlds.parts.sql.duckdb.process.clock import Clock
from worlds.parts.sql.duckdb.process.gate import Gate, refuse_unparsed
from worlds.parts.sql.duckdb.process.instance import Instance
from worlds.parts.sql.duckdb.process.journal import Delta, read_journal
from worlds.parts.sql.duckdb.process.words import read_words, rewrite

_Type = duckdb.StatementType
_READS: Final = {_Type.SELECT, _Type.EXPLAIN}
_WRITES: Final = re.compile(
    r"\b(insert|update|delete|merge|create|drop|alter|truncate|replace|copy|nextval|setval)\b", re.IGNORECASE
)
_LASTS: Final = {_Type.SET, _Type.VARIABLE_SET, _Type.PREPARE, _Type.MULTI}
_LOGGED: Final = {_Type.EXECUTE, _Type.TRANSACTION}
"""What may change more than can be seen afterwards."""
_TEMPORARY: Final = re.compile(r"\b(temp|temporary|deallocate)\b", re.IGNORECASE)
_ENDS: Final = ("commit", "end", "rollback", "abort")
_ABORT: Final = "select system.main.error('canceled')"
_CLOSE: Final = "select 1"


class BrokenState(Exception):
    """What a statement changed cannot be told, or a state cannot be reached: this worker is of no more use."""


_NO_TRANSACTIONS: Final = Failure(
    "TransactionException", "TransactionContext Error: an owner's statement is a transaction of its own"
)


def _owners(statement: duckdb.Statement) -> Failure | None:
    """What an owner's statement may not do either."""
    return _NO_TRANSACTIONS if statement.type == _Type.TRANSACTION else None


@dataclass(slots=True)
class Standing:
    """Where a worker's database stands."""

    catalog: Catalog
    sequences: dict[str, int | None]
    journal_size: int = 0
    open: bool = False
    """Whether the agent's session has a transaction open."""
    worn: bool = False
    """Whether its session holds more than a new one would."""


@dataclass(slots=True)
class _Work:
    """One text of statements on its way."""

    entry: Entry
    cells_max: int
    observed: bool
    session: duckdb.DuckDBPyConnection
    apart: bool
    """Whether that session is not the agent's, because the agent has a transaction open."""
    effects: list[Effects] = field(default_factory=list)
    answer: Table | Failure = field(default_factory=lambda: Table(empty=True))
    logged: bool = False
    lasting: bool = False


class Session:
    """Answers for one database at a time, on one instance."""

    def __init__(self, instance: Instance, builtin: frozenset[str]) -> None:
        self.instance = instance
        self.builtin = builtin
        self.clock = Clock()
        self.standing = Standing(Catalog(), {})
        self.observer = Observer(instance.look, "")
        self.gate = self._gate("")

    def start(self, base: Path, alias: str, catalog: Catalog) -> None:
        """Begin with a base."""
        if self.standing.worn or self.standing.open:
            self.instance.renew_session()
            self.clock = Clock()
        self.instance.attach(base, alias)
        self.observer = Observer(self.instance.look, alias)
        self.gate = self._gate(alias)
        sequences = read_sequences(self.instance.look, alias) if has_sequences(catalog) else {}
        self.standing = Standing(catalog, sequences)

    def redo(self, entry: Entry) -> None:
        """Do a logged statement again, to get where it led. Raises BrokenState when it ends otherwise than before."""
        if entry.outcome == "killed":
            self._abort()
            return
        work = self._do(entry, observed=False)
        ended = "error" if isinstance(work.answer, Failure) else "ok"
        if ended != entry.outcome:
            raise BrokenState(f"a statement that ended {entry.outcome} now ends {ended}: {entry.sql[:200]}")

    def catch_up(self) -> None:
        """Take note of what statements that were done again have changed."""
        delta = self._delta()
        if delta.schema or delta.unclear:
            self.standing.catalog = read_catalog(self.instance.look, self.instance.alias)
        if has_sequences(self.standing.catalog) or self.standing.sequences:
            self.standing.sequences = read_sequences(self.instance.look, self.instance.alias)

    def run(self, entry: Entry, cells_max: int = 1 << 40) -> Told:
        """Answer a text of statements: the last one's answer, or the first failure."""
        was_open = self.standing.open
        if entry.outcome == "killed":
            self._abort()
            return Told(Failure("", ""), logged=True, open=was_open)
        work = self._do(entry, observed=True, cells_max=cells_max)
        work.logged |= bool(work.effects) or work.lasting or was_open or self.standing.open
        if work.logged or isinstance(work.answer, Failure):
            self._note_sequences(work)
        return Told(work.answer, tuple(work.effects), work.logged, work.lasting, self.standing.open)

    def _do(self, entry: Entry, *, observed: bool, cells_max: int = 1 << 40) -> _Work:
        apart = entry.free and self.standing.open
        session = self.instance.owner() if apart else self.instance.agent
        work = _Work(entry, cells_max, observed, session, apart)
        statements = self._split(work)
        for number, statement in enumerate(statements):
            self._one(work, statement, number, last=number == len(statements) - 1)
            if isinstance(work.answer, Failure):
                break
        return work

    def _split(self, work: _Work) -> Sequence[duckdb.Statement]:
        """The statements of a text; what cannot be parsed fails as it does when it is run."""
        sql = rewrite(work.entry.sql, work.entry.seed)
        try:
            statements = work.session.extract_statements(sql)
            _ = [statement.type for statement in statements]  # raises where the interface has no name for a kind
            return statements
        except ValueError:
            work.answer = refuse_unparsed(sql)
            self._abort()
        except (duckdb.Error, MemoryError) as error:
            work.answer = failure_of(error, self.instance.shown)
            if self.standing.open and not work.apart:
                with contextlib.suppress(duckdb.Error):
                    work.session.execute(sql)
        return []

    def _one(self, work: _Work, statement: duckdb.Statement, number: int, *, last: bool) -> None:
        verdict = _owners(statement) if work.entry.free else self.gate.judge(statement)
        if verdict is not None:
            work.answer = verdict
            if isinstance(verdict, Failure) and not work.apart:
                self._abort()
            return
        sql = statement.query
        if work.apart or not self.standing.open:
            clock = Clock() if work.apart else self.clock
            clock.set(work.session, work.entry.now_us, work.entry.seed, number, sql, self.standing.catalog)
        reads = statement.type in _READS and not _WRITES.search(sql)
        lasts = statement.type in _LASTS or (not reads and bool(_TEMPORARY.search(sql)))
        self.standing.worn |= lasts and not work.apart
        work.logged |= statement.type in _LOGGED or (self.standing.worn and not reads)
        self._watch(work, statement, last=last, reads=reads)
        work.lasting |= lasts and not work.apart and not isinstance(work.answer, Failure)

    def _watch(self, work: _Work, statement: duckdb.Statement, *, last: bool, reads: bool) -> None:
        """Run one statement, and find out what it committed where that is wanted."""
        if not work.observed:
            self._attempt(work, statement, last=last, drained=not reads)
        else:
            commits = work.apart or not self.standing.open or statement.type == _Type.TRANSACTION
            self._observe(work, statement, last=last, drained=not reads, pinned=commits and not reads)

    def _observe(self, work: _Work, statement: duckdb.Statement, *, last: bool, drained: bool, pinned: bool) -> None:
        """Run one statement and find out what it committed."""
        catalog, before = self.standing.catalog, None
        if pinned:
            self.observer.pin(catalog)
        try:
            self._attempt(work, statement, last=last, drained=drained)
            delta = self._delta()
            if pinned and not delta.nothing:
                before = self.observer.before(delta, catalog)
        finally:
            if pinned:
                self.observer.release()
        if before is not None:
            effects = self.observer.after(delta, catalog, before)
            work.effects.append(effects)
            self.standing.catalog = effects.catalog or catalog
        elif not delta.nothing:
            if delta.rows or delta.schema or delta.unclear:
                raise BrokenState(f"a statement wrote that was not expected to: {statement.query[:200]}")
            work.logged = True

    def _attempt(self, work: _Work, statement: duckdb.Statement, *, last: bool, drained: bool) -> None:
        """Run one statement; of the last one, the rows asked for are kept."""
        word = read_words(statement.query)[0].name if statement.type == _Type.TRANSACTION else ""
        rows_max, cells_max = (work.entry.rows_max, work.cells_max) if last else (1, 0)
        shown = self.instance.shown
        try:
            found = work.session.execute(statement, work.entry.parameters)
            work.answer, goes_on = fetch(
                found, shown, rows_max=rows_max, cells_max=cells_max, drained=drained or not last
            )
            if goes_on:
                work.session.execute(_CLOSE)
            self.standing.open |= bool(word) and word not in _ENDS
        except (duckdb.Error, MemoryError) as error:
            work.answer = failure_of(error, shown)
        if word in _ENDS:
            self.standing.open = False

    def _delta(self) -> Delta:
        """What was committed since the last look."""
        try:
            size = self.instance.journal.stat().st_size
        except FileNotFoundError:
            return Delta()
        start = self.standing.journal_size
        if size == start:
            return Delta()
        with self.instance.journal.open("rb") as file:
            file.seek(start)
            data = file.read()
        self.standing.journal_size = start + len(data)
        return read_journal(data, from_start=start == 0)

    def _note_sequences(self, work: _Work) -> None:
        """Take note of where sequences stand: statements that fail or are undone move them too."""
        if not has_sequences(self.standing.catalog) and not self.standing.sequences:
            return
        now = read_sequences(self.instance.look, self.instance.alias)
        if now != self.standing.sequences:
            self.standing.sequences = now
            work.logged = True
            work.effects.append(Effects(sequences=now))

    def _abort(self) -> None:
        """Spoil an open transaction, as a failure inside it does."""
        if self.standing.open:
            with contextlib.suppress(duckdb.Error):
                self.instance.agent.execute(_ABORT).fetchall()

    def _gate(self, alias: str) -> Gate:
        return Gate(alias, self.builtin, self.instance.agent.extract_statements)
