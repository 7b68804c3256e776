"""Tables in a worker: how rows become one, how few rows are written into a query, and how views are laid over both."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

import orjson

from worlds.query.spelling import quoted
from worlds.query.values import loaded, pack
from worlds.relation import Relation


@dataclass(frozen=True, slots=True)
class Table:
    """Something to select columns `c0`, `c1`, ... from, in the relation's order, and raw texts `r<n>` of some."""

    source: str
    """A table's name in the worker, or a SELECT in brackets."""
    raw: frozenset[int]
    size: int
    literals: tuple[str, ...] = ()
    """The values in SQL, where it is a few rows of one column."""


@dataclass(frozen=True, slots=True)
class Loading:
    """Rows on their way: JSON lists by carried column, and the SQL that makes values of them."""

    columns: str
    """Of the outer SELECT."""
    lists: tuple[tuple[str, str, str], ...]
    """Name, DuckDB type of the elements, JSON."""
    raw: frozenset[int]

    @property
    def size(self) -> int:
        """Bytes that are sent: a measure of what the rows take."""
        return sum(len(text) for _, _, text in self.lists)

    def stored(self, name: str) -> tuple[str, list[str]]:
        """The statement and parameters that make a table of the rows."""
        numbers = count(1)
        inner = self._unfolded([f"${next(numbers)}" for _ in self.lists])
        return f"create table _world._kept.{name} as {inner}", [text for _, _, text in self.lists]

    def written(self) -> Table:
        """The rows as part of a query, value by value: that is bound in half the time of unfolding lists."""
        rows = list(zip(*(orjson.loads(text) for _, _, text in self.lists), strict=True))
        if not rows or any(isinstance(value, str) and "\0" in value for row in rows for value in row):
            return Table(f"({self._unfolded([_literal(text) for _, _, text in self.lists])})", self.raw, 0)
        carriers = [carrier for _, carrier, _ in self.lists]
        names = ", ".join(name for name, _, _ in self.lists)
        first = ", ".join(_typed(value, carrier) for value, carrier in zip(rows[0], carriers, strict=True))
        values = ", ".join([f"({first})", *(f"({', '.join(map(_untyped, row))})" for row in rows[1:])])
        keys = tuple(_typed(row[0], carriers[0]) for row in rows) if len(carriers) == 1 else ()
        return Table(f"(select {self.columns} from (values {values}) w({names}))", self.raw, 0, keys)

    def _unfolded(self, texts: Sequence[str]) -> str:
        columns = [
            f"""unnest(from_json({text}, '["{carrier}"]')) as {name}"""
            for text, (name, carrier, _) in zip(texts, self.lists, strict=True)
        ]
        return f"select {self.columns} from (select {', '.join(columns)})"


def packed_rows(relation: Relation, rows: Iterable[Sequence[object]]) -> Loading:
    """A relation's rows on their way; values that do not fit become NULL, with their text in `r<n>`."""
    columns = list(zip(*rows, strict=True)) or [()] * len(relation.columns)
    packed = [pack(column.type, values) for column, values in zip(relation.columns, columns, strict=True)]
    shown = [
        loaded(column.type, item, f"v{n}")
        for n, (column, item) in enumerate(zip(relation.columns, packed, strict=True))
    ]
    outer = [f"{value} as c{n}" for n, (value, _) in enumerate(shown)]
    outer += [f"{text} as r{n}" for n, (_, text) in enumerate(shown) if text]
    lists = [(f"v{n}", item.carrier, item.values) for n, item in enumerate(packed)]
    lists += [(f"v{n}m", "VARCHAR", item.misfits) for n, item in enumerate(packed) if item.misfits is not None]
    return Loading(", ".join(outer), tuple(lists), frozenset(n for n, (_, text) in enumerate(shown) if text))


def key_relation(relation: Relation) -> Relation:
    """The table of a relation's keys alone."""
    types = {column.name: column for column in relation.columns}
    return Relation(relation.name, tuple(types[name] for name in relation.key), relation.key)


def view_select(relation: Relation, table: Table, sql: str) -> str:
    """The SELECT of a view: the relation's columns under their names, and the raw texts that the query mentions."""
    mentioned = sql.lower()
    shown = [f"c{n} as {quoted(column.name)}" for n, column in enumerate(relation.columns)]
    for n, column in enumerate(relation.columns):
        if f"{column.name.lower()}__raw" in mentioned:
            text = f"r{n}" if n in table.raw else "cast(null as varchar)"
            shown.append(f"{text} as {quoted(column.name + '__raw')}")
    return f"select {', '.join(shown)} from {table.source} t"


def patched_select(relation: Relation, base: Table, gone: Table, rows: Table, sql: str) -> str:
    """The SELECT of a view over an older table, without the keys in `gone`, and with the rows in `rows`."""
    places = {column.name: n for n, column in enumerate(relation.columns)}
    old, new = view_select(relation, base, sql), view_select(relation, rows, sql)
    if gone.literals and not gone.raw and places[relation.key[0]] not in base.raw:
        kept = f"(t.c{places[relation.key[0]]} in ({', '.join(gone.literals)})) is not true"
        return f"{old} where {kept} union all {new}"
    pairs = [
        (own, other)
        for n, name in enumerate(relation.key)
        for own, other in zip(_cells("k", n, gone), _cells("t", places[name], base), strict=True)
    ]
    same = " and ".join(f"{own} is not distinct from {other}" for own, other in pairs)
    kept = f"not exists (select 1 from {gone.source} k where {same})"
    return f"{old} where {kept} union all {new}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _typed(value: object, type_name: str) -> str:
    """A value that JSON carried, in SQL; those below it in a list of values take over its type."""
    return f"{_untyped(value)}::{type_name}"


def _untyped(value: object) -> str:
    """The same without a type: numbers are read from their texts, as they are when lists are unfolded."""
    return "null" if value is None else _literal(str(value).lower() if isinstance(value, bool) else str(value))


def _cells(alias: str, number: int, table: Table) -> tuple[str, str]:
    """A column's value and its raw text, which tells apart what does not fit the column's type."""
    return f"{alias}.c{number}", f"{alias}.r{number}" if number in table.raw else "cast(null as varchar)"
