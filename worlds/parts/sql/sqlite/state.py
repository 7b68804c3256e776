"""A settled state of a database: its pages, its schema, the running sums behind its digests, and who touched what."""

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, Final, TypeAlias

import apsw
import immutables
from msgspec import Struct

from worlds.changes import Actor
from worlds.digest import EMPTY, SetSum, content_hash, entry, plus, seal
from worlds.parts.sql.sqlite.catalogue import Catalogue, Key, Table
from worlds.parts.sql.sqlite.codec import pack
from worlds.parts.sql.sqlite.pages import Pages
from worlds.parts.sql.sqlite.reading import Row, is_numbered, scan

Thing: TypeAlias = tuple[str, "Key | str | None"]
"""What can be touched: (table, key), (table, None) for a table as a whole, ("", name) for an object of the schema."""
Touches: TypeAlias = tuple[tuple[Actor, int], ...]
"""Actors in the order of their first touch, each with the number of the effect that was its latest."""
Blame: TypeAlias = "immutables.Map[Thing, Touches]"
Sums: TypeAlias = "immutables.Map[str, TableSum]"

_REMEMBERED_BYTES: Final = 4 << 10
_USER_VERSION_AT: Final = 60
_APPLICATION_ID_AT: Final = 68


class TableSum(Struct, frozen=True):
    """The running sums of one table: of its rows, of its hidden row numbers, and how many rows there are."""

    rows: SetSum = EMPTY
    numbers: SetSum = EMPTY
    rows_count: int = 0


class Tally:
    """Sums of one table while rows come and go."""

    __slots__ = ("_numbers", "_rows", "_table", "count")

    def __init__(self, table: Table, start: TableSum) -> None:
        self._table = table
        self._rows: int = start.rows
        self._numbers: int = start.numbers
        self.count = start.rows_count

    def change(self, old: Row | None, new: Row | None) -> None:
        """A row goes, a row comes; None where there is none."""
        if old is not None and new is not None and self._table.key != "hidden":
            content = self._table.labels[0]
            self._rows += weight(content, new.packed) - weight(content, old.packed)
            return
        if old is not None:
            self._weigh(old, -1)
        if new is not None:
            self._weigh(new, 1)

    def _weigh(self, row: Row, sign: int) -> None:
        """Hidden row numbers are content where nothing else tells rows apart, and marks otherwise."""
        content, number = self._table.labels
        self.count += sign
        if self._table.key != "hidden":
            self._rows += sign * weight(content, row.packed)
        elif is_numbered(self._table, row):
            self._rows += sign * weight(number, _bytes(row.number) + row.packed)
        else:
            self._rows += sign * weight(content, row.packed)
            self._numbers += sign * weight(number, _bytes(row.number) + row.packed)

    def sums(self) -> TableSum:
        """What it comes to."""
        return TableSum(plus(EMPTY, self._rows), plus(EMPTY, self._numbers) if self._numbers else EMPTY, self.count)


def weight(label: bytes, packed: bytes) -> int:
    """The weight of a row; what comes was often just added, and what goes was often looked at before."""
    return _remembered(label, packed) if len(packed) <= _REMEMBERED_BYTES else entry(label, packed)


_remembered: Final = lru_cache(512)(entry)


def _bytes(number: int) -> bytes:
    return number.to_bytes(8, "little", signed=True)


EMPTY_TABLE: Final = TableSum()


class State(Struct, eq=False, dict=True):
    """One settled state. Persistent: nothing changes one, and what comes after it shares all that did not change."""

    pages: Pages
    catalogue: Catalogue
    sums: Sums
    rows_total: SetSum
    numbers_total: SetSum
    internal: int
    """The weight of what SQLite's own tables hold: AUTOINCREMENT's positions, ANALYZE's statistics."""
    blame: Blame = immutables.Map()
    effects: int = 0
    """How many effects led here from the base."""

    @cached_property
    def digest(self) -> bytes:
        """32 bytes over rows and schema."""
        return seal(plus(self.rows_total, self.catalogue.schema_sum))

    @cached_property
    def marks_digest(self) -> bytes:
        """32 bytes over hidden row numbers, SQLite's own tables, user version and application id."""
        numbers = [self.pages.header_number(at) for at in (_USER_VERSION_AT, _APPLICATION_ID_AT)]
        return content_hash(b"marks\0" + pack(numbers) + seal(plus(self.numbers_total, self.internal)))

    def with_sums(
        self, pages: Pages, catalogue: Catalogue, changed: Mapping[str, TableSum | None], internal: int
    ) -> "State":
        """The state after some tables' sums changed; None for a table that is gone."""
        rows, numbers, sums = self.rows_total, self.numbers_total, self.sums
        for name, now in changed.items():
            before = sums.get(name, EMPTY_TABLE)
            after = now or EMPTY_TABLE
            rows = plus(rows, after.rows - before.rows)
            if after.numbers != before.numbers:
                numbers = plus(numbers, after.numbers - before.numbers)
            sums = sums.set(name, now) if now is not None else sums.delete(name) if name in sums else sums
        return State(pages, catalogue, sums, rows, numbers, internal, self.blame, self.effects)

    def blamed(self, things: Sequence[Thing], actor: Actor) -> "State":
        """The state with an actor who touched these."""
        number = self.effects + 1
        blame = self.blame
        if len(things) == 1:
            blame = blame.set(things[0], _touched(blame.get(things[0], ()), actor, number))
        else:
            blame = blame.update({thing: _touched(blame.get(thing, ()), actor, number) for thing in things})
        return State(
            self.pages, self.catalogue, self.sums, self.rows_total, self.numbers_total, self.internal, blame, number
        )


def actors_between(new: State, old: State, thing: Thing) -> tuple[Actor, ...]:
    """Who touched a thing in either of two states but not in both, in the order of their first touch.

    Branches may number different effects alike; then all who ever touched it are named.
    """
    mine, theirs = new.blame.get(thing, ()), old.blame.get(thing, ())
    apart = [*(touch for touch in mine if touch not in theirs), *(touch for touch in theirs if touch not in mine)]
    return tuple(dict.fromkeys(actor for actor, _ in apart or (*mine, *theirs)))


def _touched(touches: Touches, actor: Actor, number: int) -> Touches:
    if not touches or (len(touches) == 1 and touches[0][0] == actor):
        return ((actor, number),)
    return tuple({**dict(touches), actor: number}.items())


def first_state(connection: apsw.Connection, pages: Pages, catalogue: Catalogue) -> State:
    """The state of a database computed from nothing, in O(size)."""
    sums: dict[str, TableSum] = {name: sum_table(connection, table) for name, table in catalogue.tables.items()}
    rows = numbers = EMPTY
    for each in sums.values():
        rows, numbers = plus(rows, each.rows), plus(numbers, each.numbers)
    internal = internal_weight(connection, catalogue)
    return State(pages, catalogue, immutables.Map(sums), rows, numbers, internal)


def sum_table(connection: apsw.Connection, table: Table) -> TableSum:
    """The sums of one table computed from nothing."""
    tally = Tally(table, EMPTY_TABLE)
    for row in scan(connection, table):
        tally.change(None, row)
    return tally.sums()


def internal_weight(connection: apsw.Connection, catalogue: Catalogue) -> int:
    """The weight of what SQLite's own tables hold; 0 where there are none."""
    if not catalogue.internal_sql:
        return 0
    rows: list[tuple[Any, ...]] = connection.execute(catalogue.internal_sql).fetchall()
    return entry(b"internal", *sorted(pack(row) for row in rows))
