"""Preparing a worker for one query: the tables that it names, loaded once each, under views of their names."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from worlds.clock import show_time
from worlds.query.look import Look
from worlds.query.process import Worker
from worlds.query.spelling import quoted
from worlds.query.tables import Loading, Table, key_relation, packed_rows, patched_select, view_select
from worlds.relation import Relation

BYTES_MAX: Final = 256 << 20
TABLES_MAX: Final = 400
WRITTEN_BYTES_MAX: Final = 16 << 10
"""Up to here, changed rows are written into the view: that costs less than a table of their own."""
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
    older: Look | None = None
    """An older state of the world, of which this one may differ but little."""

    @property
    def view(self) -> str:
        """The view's full name."""
        return f"{self.catalog}.{quoted(self.server)}.{quoted(self.relation.name.lower())}"

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for targets that show the same rows."""
        return (*self.look.key(self.server), self.relation.name)

    @property
    def base(self) -> "Target | None":
        """The same table in the older state, where there is one of the same shape and with a key."""
        if self.older is None or self.older.find(self.server, self.relation.name.lower()) != self.relation:
            return None
        return replace(self, look=self.older, older=None) if self.relation.key else None


@dataclass(slots=True)
class Ground:
    """The statements that a worker lacks for a query, and what it will hold once each of them is done."""

    worker: Worker
    statements: list[tuple[str, Any]] = field(default_factory=list)
    _done: list[Callable[[], None]] = field(default_factory=list)
    _tables: dict[Any, Table] = field(default_factory=dict)
    """What this query needs, loaded already or about to be."""

    def lay(self, target: Target, sql: str) -> None:
        """See to it that a target's view shows what it should."""
        select = self._select(target, sql)
        views, name = self.worker.views, target.view
        if views.get(name) == select:
            return
        schema = f"{target.catalog}.{quoted(target.server)}"
        if schema not in views:
            self._add(f"create schema if not exists {schema}", done=lambda: views.update({schema: ""}))
        self._add(f"create or replace view {name} as {select}", done=lambda: views.update({name: select}))

    def set_clock(self, now_ns: int, sql: str) -> None:
        """Let `now()` and its kin show the world's time, if the query asks for it."""
        views, time, text = self.worker.views, show_time(now_ns), sql.lower()
        if views.get("now()") == time or not any(name in text for name in _CLOCKS):
            return
        for name, kind in _CLOCKS.items():
            self._add(f"create or replace macro {name}() as cast(timestamptz '{time}' as {kind})")
        self._add("select 1", done=lambda: views.update({"now()": time}))

    def settle(self, done: int) -> None:
        """Take over into the worker's books what the first `done` statements did."""
        for note in self._done[:done]:
            note()

    def _select(self, target: Target, sql: str) -> str:
        """What a view shows: a table of its own, or what an older one holds with a few rows replaced."""
        base = target.base
        if base is not None and base.key != target.key and self._known(target.key) is None:
            patched = self._patched(target, base, sql)
            if patched:
                return patched
        return view_select(target.relation, self._table(target), sql)

    def _patched(self, target: Target, base: Target, sql: str) -> str | None:
        key = ("delta", target.key, base.key)
        gone, rows = self._known((*key, "gone")), self._known((*key, "rows"))
        if gone is None or rows is None:
            assert target.older is not None
            delta = target.look.delta(target.server, target.relation, target.older)
            if delta is None:
                return None
            gone = self._few((*key, "gone"), packed_rows(key_relation(target.relation), delta.gone))
            rows = self._few((*key, "rows"), packed_rows(target.relation, delta.rows))
        return patched_select(target.relation, self._table(base), gone, rows, sql)

    def _table(self, target: Target) -> Table:
        known = self._known(target.key)
        if known is not None:
            return known
        return self._load(target.key, packed_rows(target.relation, target.look.rows(target.server, target.relation)))

    def _known(self, key: Any) -> Table | None:
        """A table that this query needs and that is there; from now on it is kept until the query is done."""
        tables = self.worker.tables
        if key not in self._tables and key in tables:
            tables.move_to_end(key)
            self._tables[key] = tables[key]
        return self._tables.get(key)

    def _few(self, key: Any, loading: Loading) -> Table:
        """Rows that may be few enough to be written down."""
        return loading.written() if loading.size <= WRITTEN_BYTES_MAX else self._load(key, loading)

    def _load(self, key: Any, loading: Loading) -> Table:
        worker = self.worker
        worker.made += 1
        name = f"t{worker.made}"
        self._make_room(loading.size)
        table = Table(f"_world._kept.{name}", loading.raw, loading.size)
        self._tables[key] = table
        self._add(*loading.stored(name), done=lambda: worker.keep(key, table))
        return table

    def _make_room(self, size: int) -> None:
        """Drop what was not used for longest, until the new table fits beside the rest."""
        worker = self.worker
        for key in list(worker.tables):
            if worker.bytes + size <= BYTES_MAX and len(worker.tables) < TABLES_MAX:
                return
            if key not in self._tables:
                self._add(f"drop table {worker.drop(key).source}")

    def _add(self, statement: str, parameters: Any = None, done: Callable[[], None] = lambda: None) -> None:
        self.statements.append((statement, parameters))
        self._done.append(done)
