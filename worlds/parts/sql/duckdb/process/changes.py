"""What a committed statement changed: rows by their row ids, sums of touched tables, the schema, sequences.

`look` holds a snapshot from before the statement while old rows are read, and sees what is committed after that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

import duckdb

from worlds.digest import EMPTY, SetSum, minus
from worlds.parts.sql.duckdb.messages import Catalog, Effects, Name, RowChange, TableFacts
from worlds.parts.sql.duckdb.process.catalogue import read_catalog
from worlds.parts.sql.duckdb.process.hashing import Texts, full_name, row_bytes, sum_of, sum_table, texts_select
from worlds.parts.sql.duckdb.process.journal import Delta
from worlds.parts.sql.duckdb.process.values import plain_row

LISTED_ROWS_MAX: Final = 5_000
"""More changed rows of one table in one statement are not listed one by one."""
_NUMBERED_MAX: Final = 512
_BATCH_ROWS: Final = 4_096

Numbered = dict[int, Texts]


@dataclass(slots=True)
class Gathered:
    """Some rows: their sum, and the rows themselves by number unless there are too many to list."""

    total: SetSum = EMPTY
    rows: Numbered | None = field(default_factory=dict)


@dataclass(slots=True)
class Before:
    """What a statement is going to change, as it was."""

    tables: Mapping[Name, TableFacts]
    last: dict[Name, int | None] = field(default_factory=dict)
    """The highest row id of each touched table, None where no rows were added."""
    touched: dict[Name, Gathered] = field(default_factory=dict)
    whole: dict[Name, list[Texts]] = field(default_factory=dict)


class Observer:
    """Reads one database's rows before and after a statement."""

    def __init__(self, look: duckdb.DuckDBPyConnection, alias: str) -> None:
        self.look = look
        self.alias = alias

    def pin(self, catalog: Catalog) -> None:
        """Hold on to the present state, until `release`."""
        self.look.execute("begin")
        if catalog.tables:
            self.look.execute(f"select 1 from {full_name(self.alias, catalog.tables[0].name)} limit 0").fetchall()

    def release(self) -> None:
        """See what is committed from now on."""
        self.look.execute("rollback")

    def before(self, delta: Delta, catalog: Catalog) -> Before:
        """What the delta replaced, read from the pinned state."""
        found = Before({table.name: table for table in catalog.tables})
        for name in _whole(delta, found.tables):
            found.whole[name] = self._all(found.tables[name], LISTED_ROWS_MAX + 1)
        for name, numbers in delta.rows.items():
            if name in found.tables and name not in found.whole:
                found.last[name] = self._last(name) if name in delta.grown else None
                found.touched[name] = self._gather(found.tables[name], numbers, found.last[name], later=False)
        return found

    def after(self, delta: Delta, catalog: Catalog, before: Before) -> Effects:
        """What changed, given what was there before."""
        fresh = self._catalog(delta, catalog)
        tables = {table.name: table for table in fresh.tables}
        sums: dict[Name, tuple[bool, int]] = {}
        rows: list[RowChange] = []
        bulk: set[Name] = set()
        whole = before.whole.keys() | _whole(delta, tables) | (tables.keys() ^ before.tables.keys())
        for name in sorted(whole | delta.rows.keys()):
            if name in whole:
                sums[name], listed = self._compared(name, before, tables)
            else:
                sums[name], listed = self._touched(tables[name], delta.rows[name], before)
            rows += listed or ()
            if listed is None:
                bulk.add(name)
        return Effects(sums, tuple(rows), frozenset(bulk), fresh if fresh is not catalog else None)

    def _catalog(self, delta: Delta, catalog: Catalog) -> Catalog:
        if not (delta.schema or delta.unclear):
            return catalog
        return read_catalog(self.look, self.alias, None if delta.macros or delta.unclear else catalog)

    def _touched(
        self, table: TableFacts, numbers: set[int], before: Before
    ) -> tuple[tuple[bool, int], list[RowChange] | None]:
        old = before.touched[table.name]
        new = self._gather(table, numbers, before.last[table.name], later=True)
        change = (True, minus(new.total, old.total))
        if old.rows is None or new.rows is None:
            return change, None
        gone = [texts for number, texts in old.rows.items() if new.rows.get(number) != texts]
        come = [texts for number, texts in new.rows.items() if old.rows.get(number) != texts]
        return change, list_changes(table, table, gone, come)

    def _compared(
        self, name: Name, before: Before, tables: Mapping[Name, TableFacts]
    ) -> tuple[tuple[bool, int], list[RowChange] | None]:
        """A table that was made, dropped, altered or rewritten: all of it, old and new."""
        old_facts, new_facts = before.tables.get(name), tables.get(name)
        total, count = sum_table(self.look, self.alias, new_facts) if new_facts else (EMPTY, 0)
        old = before.whole.get(name, [])
        if len(old) > LISTED_ROWS_MAX or count > LISTED_ROWS_MAX:
            return (False, total), None
        new = self._all(new_facts, LISTED_ROWS_MAX + 1) if new_facts else []
        facts = new_facts or old_facts
        return (False, total), list_changes(old_facts or facts, new_facts or facts, old, new) if facts else []

    def _last(self, name: Name) -> int:
        """The highest row id there is, -1 in an empty table."""
        found = self.look.execute(f"select max(rowid) from {full_name(self.alias, name)}").fetchone()
        return -1 if not found or found[0] is None else int(found[0])

    def _gather(self, table: TableFacts, numbers: set[int], last: int | None, *, later: bool) -> Gathered:
        """The rows with some row ids up to `last` (None: any), and those after it where asked for."""
        found = Gathered()
        select = texts_select(self.alias, table, number=True)
        wanted = sorted(numbers if last is None else (number for number in numbers if number <= last))
        if 0 < len(wanted) <= _NUMBERED_MAX:
            self._take(found, f"{select} where rowid in ({', '.join(map(str, wanted))})")
        elif wanted:
            self._take(found, f"{select} where rowid between {wanted[0]} and {wanted[-1]}", set(wanted))
        if later and last is not None:
            self._take(found, f"{select} where rowid > {last}")
        return found

    def _take(self, found: Gathered, sql: str, chosen: set[int] | None = None) -> None:
        """Add the rows of a query, those with chosen row ids where only some are wanted."""
        answer = self.look.execute(sql)
        while batch := answer.fetchmany(_BATCH_ROWS):
            if chosen is not None:
                batch = [row for row in batch if row[0] in chosen]
            found.total = sum_of((row[1:] for row in batch), found.total)
            if found.rows is not None and len(found.rows) + len(batch) > LISTED_ROWS_MAX:
                found.rows = None
            if found.rows is not None:
                found.rows.update((row[0], row[1:]) for row in batch)

    def _all(self, table: TableFacts, rows_max: int) -> list[Texts]:
        found: list[Texts] = self.look.execute(
            f"{texts_select(self.alias, table, number=False)} limit {rows_max}"
        ).fetchall()
        return found


def _whole(delta: Delta, tables: Mapping[Name, TableFacts]) -> set[Name]:
    """The tables of which row ids do not tell enough."""
    if delta.unclear:
        return set(tables)
    hidden = {name for name in delta.rows if name in tables and _hides_row_ids(tables[name])}
    unknown = {name for name in delta.rows if name not in tables}
    return (hidden | delta.rebuilt | unknown) & tables.keys()


def _hides_row_ids(table: TableFacts) -> bool:
    return any(column.name.lower() == "rowid" for column in table.columns)


def list_changes(
    old_facts: TableFacts, new_facts: TableFacts, gone: Iterable[Texts], come: Iterable[Texts]
) -> list[RowChange]:
    """Rows that went and rows that came, paired where they have one primary key."""
    old, new = _keyed(old_facts, gone), _keyed(new_facts, come)
    changes = []
    for key in dict.fromkeys([*old, *new]):
        left, right = old.get(key, []), new.get(key, [])
        pairs = max(len(left), len(right))
        padded = zip([*left, *[None] * (pairs - len(left))], [*right, *[None] * (pairs - len(right))], strict=True)
        for before, after in padded:
            if before != after:
                changes.append(RowChange(new_facts.name, key, before, after))
    return changes


def _keyed(facts: TableFacts, rows: Iterable[Texts]) -> dict[str, list[dict[str, Any]]]:
    names = [column.name for column in facts.columns]
    at = [names.index(column) for column in facts.primary_key]
    found: dict[str, list[dict[str, Any]]] = {}
    for texts in rows:
        key = ",".join(str(texts[place]) for place in at) if at else "#" + row_hash(texts)
        found.setdefault(key, []).append(plain_row(facts, texts))
    return found


def row_hash(texts: Texts) -> str:
    """What names a row that has no key: eight hexadecimal digits."""
    return blake2b(row_bytes(texts), digest_size=4).hexdigest()
