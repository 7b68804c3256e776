"""From marks to sums and changes: marked rows are read again, tables whose definition changed as a whole."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Final

import apsw
from msgspec import Struct

from worlds.digest import plus
from worlds.parts.sql.sqlite.catalogue import Catalogue, Key, Table
from worlds.parts.sql.sqlite.codec import pack, shown_row
from worlds.parts.sql.sqlite.limits import FREE_PACE
from worlds.parts.sql.sqlite.marks import Marks, Old, Unread
from worlds.parts.sql.sqlite.pages import Pages
from worlds.parts.sql.sqlite.reading import Row, Values, read_row, row_of, scan
from worlds.parts.sql.sqlite.session import Session, lasting_session
from worlds.parts.sql.sqlite.state import (
    EMPTY_TABLE,
    State,
    TableSum,
    Tally,
    Thing,
    internal_weight,
    sum_table,
    weight,
)
from worlds.parts.sql.sqlite.told import RawChange, raw_changes, row_changes

CHANGES_MAX: Final = 2_000
"""Changed rows of one table that one effect lists; more are told as one change of the table, `orders[*]`."""
ROWS_COMPARED_MAX: Final = 50_000
"""Rows of one table, before and after together, that one effect compares one by one; larger tables are told as a
whole."""


class Delta(Struct):
    """What statements did to a state, told apart from the pages."""

    internal: int = 0
    sums: dict[str, TableSum | None] = {}
    """New sums of the tables that changed; None for one that is gone."""
    things: list[Thing] = []
    changes: list[RawChange] = []


def to_rescan(before: State, catalogue: Catalogue, marks: Marks) -> set[str]:
    """The tables that must be read as a whole."""
    whole = set(marks.whole)
    if catalogue is not before.catalogue:
        whole |= redefined(before.catalogue, catalogue)
    if marks.renumbered:
        whole |= {name for name, table in catalogue.tables.items() if table.key == "hidden"}
    return whole


def redefined(one: Catalogue, other: Catalogue) -> set[str]:
    """The tables that only one of two schemas has, or that they define differently."""
    names = one.tables.keys() | other.tables.keys()
    return {name for name in names if one.definitions.get(name) != other.definitions.get(name)}


def measure(before: State, pages: Pages, catalogue: Catalogue, marks: Marks) -> Delta:
    """What changed from a settled state to these pages, in O(what was touched)."""
    if pages is before.pages:
        return Delta(before.internal)
    with lasting_session(pages, catalogue) as session:
        session.free()
        if catalogue is before.catalogue and (quick := _measure_one(before, marks, session.connection)) is not None:
            return quick
        measuring = _Measuring(before, catalogue, marks, session)
        try:
            return measuring.delta()
        finally:
            measuring.close()


def _measure_one(before: State, marks: Marks, connection: apsw.Connection) -> Delta | None:
    """The usual step, measured with less ado: one row of a table with an integer key came, went or changed.

    None where it is not that simple. What comes of it is what the general way finds.
    """
    if len(marks.rows) != 1 or marks.whole or marks.renumbered or before.internal or before.catalogue.internal_sql:
        return None
    ((name, rows),) = marks.rows.items()
    table = before.catalogue.tables[name]
    if len(rows) != 1 or table.key != "alias":
        return None
    ((key, marked),) = rows.items()
    if isinstance(marked, Unread):
        return None
    try:
        found = connection.execute(table.read_sql, (key,)).fetchone()
    except UnicodeDecodeError:
        return None
    return _one_row(before, table, key, marked, None if found is None else found[1:])


def _one_row(before: State, table: Table, key: Key, old: Values | None, new: Values | None) -> Delta:
    """What it means that a row is another now; None where there is none."""
    sums = before.sums.get(table.name, EMPTY_TABLE)
    change, label, columns = 0, table.labels[0], table.columns
    gone, come = (None if values is None else pack(values) for values in (old, new))
    if gone == come:
        return Delta(before.internal)
    if come is not None:
        change = weight(label, come)
    if gone is not None:
        change -= weight(label, gone)
    count = sums.rows_count + (come is not None) - (gone is not None)
    raw = RawChange(
        f"{table.name}[{key}]",
        None if old is None else shown_row(columns, old),
        None if new is None else shown_row(columns, new),
    )
    after = TableSum(plus(sums.rows, change), sums.numbers, count)
    return Delta(before.internal, {table.name: after}, [(table.name, key)], [raw])


class _Measuring:
    """One measurement."""

    def __init__(
        self,
        before: State,
        catalogue: Catalogue,
        marks: Marks,
        session: Session,
    ) -> None:
        self.before = before
        self.catalogue = catalogue
        self.marks = marks
        self.session = session
        self.now = session.connection
        self._stack: ExitStack | None = None
        self._then: apsw.Connection | None = None
        self.found = Delta(before.internal)

    @property
    def then(self) -> apsw.Connection:
        """The state before, to read; opened when first needed."""
        if self._then is None:
            self._stack = ExitStack()
            self._then = reader(self._stack, self.before.pages, self.before.catalogue)
        return self._then

    def close(self) -> None:
        """Give the earlier state's session back, if there is one."""
        if self._stack is not None:
            self._stack.close()

    def delta(self) -> Delta:
        """Everything that changed."""
        marks, catalogue = self.marks, self.catalogue
        whole = to_rescan(self.before, catalogue, marks)
        for name, rows in marks.rows.items():
            if name not in whole:
                self._measure_rows(catalogue.tables[name], rows)
        for name in sorted(whole) if whole else ():
            self._measure_whole(name)
        if catalogue is not self.before.catalogue:
            self._measure_schema()
        if catalogue.internal_sql or self.before.internal:
            self.found.internal = internal_weight(self.now, catalogue)
        return self.found

    def _measure_rows(self, table: Table, rows: Mapping[Key, Old]) -> None:
        tally = Tally(table, self.before.sums.get(table.name, EMPTY_TABLE))
        pairs: list[tuple[Row | None, Row | None]] = []
        things: list[Thing] = []
        seen: set[Key] = set()
        for key, marked in rows.items():
            old = self._old_row(table, key, marked)
            new = read_row(self.now, table, key)
            if new is not None and table.key == "own":  # keys that are equal to the table need not be so here
                new = None if new.key in seen else new
                seen.add(key if new is None else new.key)
            if _same(old, new):
                continue
            tally.change(old, new)
            pairs.append((old, new))
            things += [(table.name, row.key) for row in (old, new) if row is not None]
        if things:
            self.found.sums[table.name] = tally.sums()
            told = row_changes if table.numbered_paths else raw_changes
            self._tell(told(table, table, pairs), list(dict.fromkeys(things)) if len(things) > 1 else things)

    def _old_row(self, table: Table, key: Key, marked: Old) -> Row | None:
        if marked is None:
            return None
        if isinstance(marked, Unread):
            return read_row(self.then, self.before.catalogue.tables[table.name], key)
        return row_of(table, key, marked)

    def _measure_whole(self, name: str) -> None:
        self.session.keep_pace(FREE_PACE)
        old, new = self.before.catalogue.tables.get(name), self.catalogue.tables.get(name)
        now = sum_table(self.now, new) if new else None
        self.found.sums[name] = now
        then = self.before.sums.get(name)
        if sum(each.rows_count for each in (then, now) if each) > ROWS_COMPARED_MAX:
            same = then is not None and now is not None and then.rows == now.rows
            self._tell_whole(name) if not same else None
            return
        pairs: list[tuple[Row | None, Row | None]] = [(row, None) for row in scan(self.then, old)] if old else []
        pairs += [(None, row) for row in scan(self.now, new)] if new else []
        if pairs:
            self._tell(raw_changes(old, new, pairs), [(name, None)])

    def _measure_schema(self) -> None:
        before, after = self.before.catalogue.objects, self.catalogue.objects
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                self.found.things.append(("", name))
                self.found.changes.append(RawChange(f"schema.{name}", before.get(name), after.get(name)))

    def _tell(self, changes: list[RawChange], things: list[Thing]) -> None:
        if len(changes) > CHANGES_MAX:
            self._tell_whole(str(things[0][0]))
            return
        self.found.things += things
        self.found.changes += changes

    def _tell_whole(self, name: str) -> None:
        """One change for a whole table."""
        then, now = self.before.sums.get(name), self.found.sums[name]
        before, after = ({"rows_count": each.rows_count} if each else None for each in (then, now))
        self.found.things.append((name, None))
        self.found.changes.append(RawChange(f"{name}[*]", before, after))


def _same(old: Row | None, new: Row | None) -> bool:
    """Whether nothing happened to a row after all."""
    if old is None or new is None:
        return old is new
    return old.packed == new.packed and old.number == new.number


def net(deltas: Sequence[Delta]) -> list[RawChange]:
    """Changes of several deltas one after another as one: what was there first, and what is there last."""
    if len(deltas) == 1:
        return deltas[0].changes
    changes = (change for delta in deltas for change in delta.changes)
    found: dict[str, RawChange] = {}
    for change in changes:
        earlier = found.get(change.path)
        found[change.path] = RawChange(change.path, earlier.before, change.after) if earlier else change
    return [change for change in found.values() if change.before != change.after or change.path.endswith("[*]")]


def reader(stack: ExitStack, pages: Pages, catalogue: Catalogue) -> apsw.Connection:
    """A connection without limits that shows these pages as long as the stack is open."""
    session = stack.enter_context(lasting_session(pages, catalogue))
    session.free()
    session.keep_pace(FREE_PACE)
    return session.connection
