"""What statements touched since the last settle: marked as it happens, read again when the effect ends."""

from typing import Any, Final

import apsw

from worlds.parts.sql.sqlite.catalogue import Catalogue, Key, Table


class Unread:
    """Stands for a row that was there before and could not be taken from the hook; it is read from the old state."""


UNREAD: Final = Unread()
ROWS_MAX: Final = 50_000
"""Rows of one table that are marked one by one; a table of which more change is read as a whole."""
Old = tuple[Any, ...] | Unread | None
"""A row as it was at the first touch; None where there was none."""


class Marks:
    """Rows by table and key with what they were at their first touch, and tables that must be read as a whole."""

    __slots__ = ("count", "renumbered", "rows", "whole")

    def __init__(self) -> None:
        self.rows: dict[str, dict[Key, Old]] = {}
        self.whole: set[str] = set()
        self.renumbered = False
        """Whether hidden row numbers may all be others, as after VACUUM."""
        self.count = 0

    def absorb(self, later: "Marks") -> None:
        """Add what a later statement touched; of a row touched twice, what it was first counts."""
        for name, rows in later.rows.items():
            known = self.rows.setdefault(name, {})
            for key, old in rows.items():
                known.setdefault(key, old)
        self.whole |= later.whole
        self.renumbered |= later.renumbered
        self.count += later.count

    def see(self, update: apsw.PreUpdate, catalogue: Catalogue) -> None:
        """Take in one row that is about to change."""
        if update.database_name != "main":
            return
        table = catalogue.tables.get(update.table_name)
        if table is None or update.table_name in self.whole:
            return  # SQLite's own, or one that is read as a whole anyway
        if not table.countable or len(self.rows.get(table.name, ())) > ROWS_MAX:
            self.whole.add(table.name)
            self.rows.pop(table.name, None)
        elif table.key == "own":
            self._see_own(update, table)
        else:
            self._see_numbered(update, table)

    def _see_numbered(self, update: apsw.PreUpdate, table: Table) -> None:
        rows = self.rows.setdefault(table.name, {})
        key = update.rowid
        if key not in rows:
            self.count += 1
            rows[key] = self._old(update, table)
        if update.rowid_new != key and update.rowid_new not in rows:
            self.count += 1
            rows[update.rowid_new] = None

    def _see_own(self, update: apsw.PreUpdate, table: Table) -> None:
        try:
            if not table.simple:
                raise apsw.RangeError
            old, new = update.old, update.new
        except (UnicodeDecodeError, apsw.RangeError):
            self.whole.add(table.name)
            return
        rows = self.rows.setdefault(table.name, {})
        for state, first in ((old, old), (new, None)):
            key = () if state is None else tuple(state[at] for at in table.key_at)
            if state is not None and key not in rows:
                self.count += 1
                rows[key] = first

    def _old(self, update: apsw.PreUpdate, table: Table) -> Old:
        if update.op == "INSERT":
            return None
        if not table.simple:
            return UNREAD
        try:
            old: Old = update.old
        except UnicodeDecodeError:
            return UNREAD
        return old
