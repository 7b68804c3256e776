"""Preparing a worker for one query: the tables that it names, loaded once each, under views of their names."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from worlds.clock import show_time
from worlds.query.look import Look
from worlds.query.process import Worker
from worlds.query.relation import Relation
from worlds.query.spelling import quoted
from worlds.query.tables import Table, load_statement, view_select

BYTES_MAX: Final = 256 << 20
_CLOCKS: Final = {
    **dict.fromkeys(("now", "current_timestamp", "get_current_timestamp", "transaction_timestamp"), "timestamptz"),
    **dict.fromkeys(("localtimestamp", "current_localtimestamp"), "timestamp"),
    **dict.fromkeys(("today", "current_date"), "date"),
}
"""DuckDB's ways to ask for the time, to the type of the answer."""


@dataclass(frozen=True, slots=True)
class Target:
    """A table that a query names, found: under which schema, in which state of the world."""

    catalog: str
    server: str
    relation: Relation
    look: Look

    @property
    def view(self) -> str:
        """The view's full name."""
        return f"{self.catalog}.{quoted(self.server)}.{quoted(self.relation.name.lower())}"


@dataclass(slots=True)
class Ground:
    """The statements that a worker lacks for a query, and what it will hold once each of them is done."""

    worker: Worker
    statements: list[tuple[str, Any]] = field(default_factory=list)
    _done: list[Callable[[], None]] = field(default_factory=list)
    _used: set[Any] = field(default_factory=set)

    def lay(self, target: Target, sql: str) -> None:
        """See to it that a target's view shows what it should."""
        select = view_select(target.relation, self._table(target), sql)
        views, name = self.worker.views, target.view
        if views.get(name) == select:
            return
        self._add(f"create schema if not exists {target.catalog}.{quoted(target.server)}")
        self._add(f"create or replace view {name} as {select}", done=lambda: views.update({name: select}))

    def set_clock(self, now_ns: int) -> None:
        """Let `now()` and its kin show the world's time."""
        views, time = self.worker.views, show_time(now_ns)
        if views.get("now()") == time:
            return
        for name, kind in _CLOCKS.items():
            self._add(f"create or replace macro {name}() as cast(timestamptz '{time}' as {kind})")
        self._add("select 1", done=lambda: views.update({"now()": time}))

    def settle(self, done: int) -> None:
        """Take over into the worker's books what the first `done` statements did."""
        for note in self._done[:done]:
            note()

    def _add(self, statement: str, parameters: Any = None, done: Callable[[], None] = lambda: None) -> None:
        self.statements.append((statement, parameters))
        self._done.append(done)

    def _table(self, target: Target) -> Table:
        key = (*target.look.key(target.server), target.relation.name)
        self._used.add(key)
        tables = self.worker.tables
        if key in tables:
            tables.move_to_end(key)
            return tables[key]
        return self._load(target, key)

    def _load(self, target: Target, key: Any) -> Table:
        worker = self.worker
        worker.made += 1
        name = f"t{worker.made}"
        loading = load_statement(name, target.relation, target.look.rows(target.server, target.relation))
        self._make_room(loading.size)
        table = Table(name, loading.raw, loading.size)
        self._add(loading.statement, loading.parameters, done=lambda: worker.tables.update({key: table}))
        return table

    def _make_room(self, size: int) -> None:
        """Drop what was not used for longest, until the new table fits beside the rest."""
        tables = self.worker.tables
        room = BYTES_MAX - size - sum(table.size for table in tables.values())
        for key in [key for key in tables if key not in self._used]:
            if room >= 0:
                return
            table = tables.pop(key)
            room += table.size
            self._add(f"drop table cache.{table.name}")
