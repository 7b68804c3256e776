"""Questions in SQL about runs: one SELECT over their indexes, answered by a process that can reach nothing else."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from harness.store.pointing import pointed
from harness.store.tables import TABLES
from harness.store.worker import Ask, Failure, Head, Opened, Rows
from worlds.query.errors import QueryFailed, QueryLimit
from worlds.query.messages import read, write
from worlds.query.process import Worker
from worlds.query.spelling import READ_ONLY, references

WAIT_S: Final = 120.0
_MODULE: Final = "harness.store.worker"
_LIMITS: Final = ("Out of Memory", "Interrupt", "Timeout")
_NAMES: Final = {table.name: table for table in TABLES}


@dataclass(frozen=True, slots=True)
class Table:
    """The beginning of an answer: what its columns are called and of which types they are; then rows come."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


@contextmanager
def asked(indexes: Sequence[tuple[str, Path]], sql: str, wait_s: float = WAIT_S) -> Iterator[Table]:
    """Answer one SELECT over indexes, each with the name that its run goes by; rows come as they are found.

    Raises QueryFailed with the line that is wrong, and QueryLimit, also while rows are read.
    """
    with line_to(indexes, wait_s) as line:
        yield line.ask(sql)


@contextmanager
def line_to(indexes: Sequence[tuple[str, Path]], wait_s: float = WAIT_S) -> Iterator["Line"]:
    """A process that answers questions about indexes, one after the other; it ends after `wait_s` in all."""
    line = Line(wait_s)
    try:
        files = {name: [(run, str(place / table.file)) for run, place in indexes] for name, table in _NAMES.items()}
        line.tell(Opened(files))
        line.hear("")
        yield line
    finally:
        line.close()


class Line:
    """The process that answers, killed when it overstays."""

    def __init__(self, wait_s: float) -> None:
        self._worker = Worker(_MODULE)
        self._overdue = threading.Event()
        self._wait_s = wait_s
        self._timer = threading.Timer(wait_s, self._end)
        self._timer.start()

    def ask(self, sql: str) -> Table:
        """Answer one SELECT; its rows are to be read before the next is asked. Raises QueryFailed."""
        self.tell(Ask("select json_serialize_sql(?)", [sql]))
        _refuse_unknown(str(self.hear_all(sql)[0][0]), sql)
        self.tell(Ask(sql, []))
        head = self.hear(sql)
        assert isinstance(head, Head)
        return Table(head.columns, head.types, self.rows(sql))

    def tell(self, message: Any) -> None:
        """Send a message."""
        assert self._worker.process.stdin
        try:
            write(self._worker.process.stdin, message)
        except OSError:
            raise self._gone() from None

    def hear(self, sql: str) -> Any:
        """The next message. Raises QueryFailed where it is a failure."""
        assert self._worker.process.stdout
        try:
            heard = read(self._worker.process.stdout)
        except (EOFError, OSError):
            raise self._gone() from None
        if isinstance(heard, Failure):
            kind = QueryLimit if heard.kind in _LIMITS else QueryFailed
            raise kind(pointed(heard.words, sql, heard.position, _hint(heard)), kind=heard.kind)
        return heard

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """All rows of an answer."""
        while (heard := self.hear(sql)) != Rows(()):
            yield from heard.rows

    def hear_all(self, sql: str) -> list[tuple[Any, ...]]:
        """A whole answer, its head left out."""
        self.hear(sql)
        return list(self.rows(sql))

    def close(self) -> None:
        """End the process."""
        self._timer.cancel()
        self._worker.close()

    def _end(self) -> None:
        self._overdue.set()
        self._worker.process.kill()

    def _gone(self) -> QueryLimit:
        if self._overdue.is_set():
            return QueryLimit(f"the query took longer than {self._wait_s:g} s", kind="Timeout")
        return QueryLimit("the query needs more memory than it may use", kind="Out of Memory")


def _refuse_unknown(tree: str, sql: str) -> None:
    """Refuse what is not one SELECT over known tables, before it is run. Raises QueryFailed."""
    try:
        named = references(tree)
    except QueryFailed as error:
        raise QueryFailed(pointed(error.message, sql, _place(tree), error.hint), kind=error.kind) from None
    for reference in named:
        if reference.catalog or reference.schema not in ("", "main") or reference.table not in _NAMES:
            at = sql.lower().find(reference.table.lower())
            place = len(sql[:at].encode()) if at >= 0 else None
            raise QueryFailed(pointed(f"there is no table {reference}", sql, place, known_tables()), kind="Catalog")


def known_tables() -> str:
    """The tables in words."""
    return f"the tables are {', '.join(_NAMES)}; soundstage query --schema tells their columns"


def _place(tree: str) -> int | None:
    told = json.loads(tree).get("position")
    return int(told) if told is not None else None


def _hint(failure: Failure) -> str | None:
    if failure.kind == "Binder" and failure.missing_column:
        near = failure.candidates.replace(",", ", ")
        return f"did you mean {near}?" if near else "soundstage query --schema tells the columns"
    if failure.kind == "Permission":
        return "a query reaches nothing but the tables of the runs"
    return READ_ONLY if failure.kind == "Parser" else None
