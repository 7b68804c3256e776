"""Jobs for the pool: how a state is reached from where a worker stands, and where it stands afterwards."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from worlds.parts.sql.duckdb.log import EMPTY_LOG, Log
from worlds.parts.sql.duckdb.messages import Compare, Entry, Failure, Name, Reach, Read, Repeat, Run, Told, Whole
from worlds.parts.sql.duckdb.state import State
from worlds.parts.sql.duckdb.worker import OWNER_S, Job, Position

_PERSONAL: Final = (
    "oid", "duckdb_", "pg_", "txid", "database_list", "database_size", "connection_id", "query_id", "transaction_id",
    "regclass", "storage_info", "metadata_info",
)  # fmt: skip
"""What a text holds when its answer may tell one instance from another: object ids, transaction numbers."""


def is_personal(sql: str) -> bool:
    """Whether a statement may see what differs between instances, so that it needs a newly opened one."""
    folded = sql.lower()
    return any(word in folded for word in _PERSONAL)


def reach(state: State, at: Position | None, *, renew: bool = False) -> Reach:
    """How a worker gets from where it stands to a state."""
    base, entries = state.base, None
    if at is not None and at.base is base and not renew:
        entries = state.log.since(at.log)
    if entries is not None and not any(entry.fresh for entry in entries):
        return Reach(base.address, str(base.file), base.alias, False, False, tuple(entries))
    return Reach(
        base.address, str(base.file), base.alias, True, renew or state.log.fresh, tuple(state.log), base.catalog
    )


class Attempt:
    """One statement on its way to the log of a state."""

    def __init__(self, state: State, entry: Entry, cells_max: int) -> None:
        self.state = state
        self.entry = entry
        self.cells_max = cells_max
        self._log: Log | None = None

    def job(self) -> Job:
        """What to ask of a worker."""
        return Job(self._request, position(self.state), self._lands, self._lasting)

    def log(self, told: Told) -> Log:
        """The log afterwards: the same object whoever asks, so that worker and state agree."""
        if not told.logged:
            return self.state.log
        if self._log is None:
            failed = isinstance(told.answer, Failure) and self.entry.outcome == "ok"
            self._log = self.state.log.plus(replace(self.entry, outcome="error") if failed else self.entry)
        return self._log

    def _request(self, at: Position | None) -> Run:
        return Run(reach(self.state, at, renew=self.entry.fresh), self.entry, self.cells_max)

    def _lands(self, told: Told) -> Position:
        return Position(self.state.base, self.log(told))

    def _lasting(self, told: Told) -> bool:
        return told.open or told.lasting or bool(self.state.lasting)


def read_job(state: State, sql: str, parameters: Any) -> Job:
    """An owner's query."""
    return _looking(state, lambda at: Read(reach(state, at), sql, parameters, state.now_us))


def whole_job(state: State) -> Job:
    """Hash everything anew, from the base on."""
    return _looking(state, lambda _: Whole(reach(state, None)))


def repeat_job(state: State, log: Log) -> Job:
    """Do a log's statements again from a base on, and say of each what it changed."""
    entries = tuple(log)
    start = replace(state, log=EMPTY_LOG)
    return Job(
        lambda _: Repeat(reach(start, None, renew=log.fresh), entries),
        position(start),
        lambda _: Position(state.base, log),
        limit_s=OWNER_S,
    )


def compare_job(older: State, newer: State, tables: tuple[Name, ...]) -> Job:
    """Rows of some tables that differ between two states."""
    return Job(
        lambda _: Compare(reach(older, None), reach(newer, None), tables),
        position(newer),
        lambda _: position(newer),
        limit_s=OWNER_S,
    )


def position(state: State) -> Position:
    """A state as workers know it."""
    return Position(state.base, state.log)


def _looking(state: State, request: Callable[[Position | None], Any]) -> Job:
    return Job(
        request,
        position(state),
        lambda _: position(state),
        lambda _: state.open or bool(state.lasting),
        limit_s=OWNER_S,
    )
