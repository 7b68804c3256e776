"""Believable rows from a schema: each cell is a keyed draw, so a world has the same rows on every machine.

What a column holds is read from its constraints first (keys, references, CHECK lists and bounds), then from its
name, then from its type. Every date lies before the world's first time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from worlds.chance import Chance, Identity
from worlds.errors import WorldError
from worlds.parts.sql.believable import Draw, guess
from worlds.parts.sql.bounds import Bounds, bounds_of
from worlds.parts.sql.schema import ColumnInfo, TableInfo, parents_first

BATCH_ROWS: Final = 1_000
_TRIES: Final = 64
_NULL_SHARE: Final = 0.07
_STREAM: Final = "filler"

Row = tuple[Any, ...]
Known = dict[tuple[str, str], list[Any]]


def filler(
    schema: Sequence[TableInfo], counts: Mapping[str, int], chance: Chance, now_ns: int
) -> Iterator[tuple[str, list[Row]]]:
    """Batches of (table, rows in the order of its writable columns), parents before children.

    Raises WorldError for a table that does not exist, a negative count, or a unique column that runs out of values.
    """
    names = {table.name.lower(): table for table in schema}
    for name, count in counts.items():
        if name.lower() not in names or count < 0:
            raise WorldError(f"generate: {name}: {count}", hint=f"a count of 0 or more for one of: {', '.join(names)}")
    known: Known = {(t.name.lower(), c.lower()): list(v) for t in schema for c, v in t.existing.items()}
    wanted = {name.lower(): count for name, count in counts.items()}
    targets = (column.references for table in schema for column in table.columns if column.references)
    referred = {(table.lower(), column.lower()) for table, column in targets}
    for table in parents_first(schema):
        maker = _Maker(table, chance, now_ns, known, referred)
        yield from maker.batches(wanted.get(table.name.lower(), 0))


@dataclass
class _Maker:
    """Makes the rows of one table."""

    table: TableInfo
    chance: Chance
    now_ns: int
    known: Known
    referred: set[tuple[str, str]]
    """Columns whose values other rows will refer to: only these are remembered."""
    taken: dict[tuple[str, ...], set[Row]] = field(default_factory=dict)
    last_key: int | None = None

    def batches(self, count: int) -> Iterator[tuple[str, list[Row]]]:
        columns = self.table.writable
        limits = {c.name: bounds_of(c, self.table.checks) for c in columns}
        for columns_list in self._uniques():
            held = [self.known.get((self.table.name.lower(), name.lower()), []) for name in columns_list]
            self.taken[columns_list] = {(v,) for v in held[0]} if len(held) == 1 else set(zip(*held, strict=False))
        for start in range(0, count, BATCH_ROWS):
            rows = [self._row(number, columns, limits) for number in range(start, min(count, start + BATCH_ROWS))]
            yield self.table.name, rows

    def _uniques(self) -> list[tuple[str, ...]]:
        single = [(c.name,) for c in self.table.writable if c.unique or self._serial(c)]
        return list(dict.fromkeys([*single, *(tuple(u) for u in self.table.uniques)]))

    def _row(self, number: int, columns: Sequence[ColumnInfo], limits: Mapping[str, Bounds]) -> Row:
        for attempt in range(_TRIES):
            row: dict[str, Any] = {}
            for column in columns:
                row[column.name] = self._cell(number, attempt, column, limits[column.name], row)
            if self._claim(row):
                self._remember(row)
                return tuple(row[column.name] for column in columns)
        raise WorldError(
            f"generate: {self.table.name}: no unused values are left after {number} rows", hint="ask for fewer rows"
        )

    def _claim(self, row: Mapping[str, Any]) -> bool:
        keys = {columns: tuple(row.get(name) for name in columns) for columns in self.taken}
        if any(key in self.taken[columns] for columns, key in keys.items() if None not in key):
            return False
        for columns, key in keys.items():
            self.taken[columns].add(key)
        return True

    def _remember(self, row: Mapping[str, Any]) -> None:
        for name, value in row.items():
            place = (self.table.name.lower(), name.lower())
            if place in self.referred:
                self.known.setdefault(place, []).append(value)

    def _cell(self, number: int, attempt: int, column: ColumnInfo, bounds: Bounds, row: Mapping[str, Any]) -> Any:
        draw = Draw(self._unit(column.name, number, attempt), self.now_ns, number, attempt, row, self.table.name)
        if column.references:
            return self._reference(column, draw)
        if self._serial(column):
            return self._next(column)
        if not column.not_null and not column.primary_key and draw.unit("null") < _NULL_SHARE:
            return None
        return bounds.fit(guess(column, bounds, draw), draw)

    def _serial(self, column: ColumnInfo) -> bool:
        """Whether the column is a whole-number key of its own, which simply counts on."""
        return self.table.primary_key == (column.name,) and "INT" in column.declared.upper() and not column.references

    def _next(self, column: ColumnInfo) -> int:
        if self.last_key is None:
            self.last_key = max(self.known.get((self.table.name.lower(), column.name.lower()), []), default=0)
        self.last_key += 1
        return self.last_key

    def _reference(self, column: ColumnInfo, draw: Draw) -> Any:
        assert column.references is not None
        table, target = column.references
        pool = self.known.get((table.lower(), target.lower()), [])
        own = table.lower() == self.table.name.lower()
        if not pool or (own and not column.not_null and draw.unit("null") < 0.5):
            return self._without_parent(column, table)
        if not column.not_null and draw.unit("null") < _NULL_SHARE:
            return None
        # A square makes some parents busier than others, as they are in life; unique references stay even.
        share = draw.unit("parent") if column.unique else draw.unit("parent") ** 2
        return pool[int(share * len(pool))]

    def _without_parent(self, column: ColumnInfo, parent: str) -> None:
        if column.not_null:
            raise WorldError(
                f"generate: {self.table.name}.{column.name} needs rows of {parent}, and there are none",
                hint=f"give {parent} rows, or generate some",
            )

    def _unit(self, column: str, number: int, attempt: int) -> Callable[[str], float]:
        identity = Identity(self.table.name, column.encode(), number + 1)
        suffix = f".{attempt}" if attempt else ""
        return lambda name: self.chance.unit(_STREAM, identity, name + suffix)
