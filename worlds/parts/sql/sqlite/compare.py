"""Net changes between two states, in O(what was touched since they parted from one base)."""

from collections.abc import Iterable
from contextlib import ExitStack

import apsw

from worlds.changes import Actor, Change, kind_of
from worlds.parts.sql.sqlite.catalogue import Key, Table
from worlds.parts.sql.sqlite.reading import Row, path_of, read_row, scan
from worlds.parts.sql.sqlite.settle import reader, redefined
from worlds.parts.sql.sqlite.state import State, Thing, actors_between
from worlds.parts.sql.sqlite.told import RawChange, raw_changes


def compare(new: State, old: State) -> list[Change]:
    """What must change in `old` to become `new`, with those who did it."""
    if new.digest == old.digest:
        return []
    with ExitStack() as stack:
        return _Comparison(new, old, stack).changes()


class _Comparison:
    def __init__(self, new: State, old: State, stack: ExitStack) -> None:
        self.new = new
        self.old = old
        self.now = reader(stack, new.pages, new.catalogue)
        self.then = reader(stack, old.pages, old.catalogue)
        self.things: set[Thing] = {*new.blame, *old.blame}
        self.foreign = new.pages.base.address != old.pages.base.address

    def changes(self) -> list[Change]:
        """Rows first, table by table, then the schema."""
        names = self.new.catalogue.tables.keys() | self.old.catalogue.tables.keys()
        found = [change for name in sorted(names) for change in self._table(name)]
        return [*found, *self._schema()]

    def _table(self, name: str) -> list[Change]:
        old, new = self.old.catalogue.tables.get(name), self.new.catalogue.tables.get(name)
        before, after = list(self._rows(self.then, old)), list(self._rows(self.now, new))
        things: dict[str, list[Thing]] = {}
        for table, rows in ((old, before), (new, after)):
            for path, row in ((path_of(table, row), row) for row in rows) if table else ():
                things.setdefault(path, []).append((name, row.key))
        changes = raw_changes(old, new, [*((row, None) for row in before), *((None, row) for row in after)])
        return [self._blamed(change, things[change.path]) for change in changes]

    def _rows(self, connection: apsw.Connection, table: Table | None) -> Iterable[Row]:
        """The rows of a table that may differ between the states."""
        if table is None:
            return ()
        if self._whole(table.name):
            return scan(connection, table)
        keys = [key for name, key in self.things if name == table.name]
        rows = {row.key: row for key in keys if (row := _read(connection, table, key))}
        return rows.values()

    def _whole(self, name: str) -> bool:
        return self.foreign or (name, None) in self.things or name in redefined(self.new.catalogue, self.old.catalogue)

    def _schema(self) -> list[Change]:
        before, after = self.old.catalogue.objects, self.new.catalogue.objects
        return [
            self._blamed(RawChange(f"schema.{name}", before.get(name), after.get(name)), [("", name)])
            for name in sorted(before.keys() | after.keys())
            if before.get(name) != after.get(name)
        ]

    def _blamed(self, change: RawChange, things: Iterable[Thing]) -> Change:
        things = dict.fromkeys(things)
        wholes = dict.fromkeys((name, None) for name, _ in things if name)
        actors: dict[Actor, None] = {}
        for thing in (*things, *wholes):
            actors.update(dict.fromkeys(actors_between(self.new, self.old, thing)))
        return Change(change.path, kind_of(change.before, change.after), change.before, change.after, tuple(actors))


def _read(connection: apsw.Connection, table: Table, key: Key | str | None) -> Row | None:
    assert isinstance(key, int | tuple)
    return read_row(connection, table, key)
