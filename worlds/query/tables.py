"""Tables in a worker: how one is loaded from a part's rows, and how a view is laid over it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from worlds.query.spelling import quoted
from worlds.query.values import Packed, loaded, pack
from worlds.relation import Relation


@dataclass(frozen=True, slots=True)
class Loading:
    """The statement that makes a table, and which of its columns have raw texts beside them (`r<n>`)."""

    statement: str
    parameters: list[str]
    raw: frozenset[int]

    @property
    def size(self) -> int:
        """Bytes that are sent: a measure of what the table takes."""
        return sum(map(len, self.parameters))


@dataclass(frozen=True, slots=True)
class Table:
    """A table that a worker holds: columns `c0`, `c1`, ... in the relation's order, and raw texts."""

    name: str
    raw: frozenset[int]
    size: int


def load_statement(name: str, relation: Relation, rows: Iterable[Sequence[Any]]) -> Loading:
    """Make a table of a relation's rows; values that do not fit are NULL there, with their text in `r<n>`."""
    columns = list(zip(*rows, strict=True)) or [()] * len(relation.columns)
    packed = [pack(column.type, values) for column, values in zip(relation.columns, columns, strict=True)]
    shown = [
        loaded(column.type, item, f"v{n}")
        for n, (column, item) in enumerate(zip(relation.columns, packed, strict=True))
    ]
    outer = [f"{value} as c{n}" for n, (value, _) in enumerate(shown)]
    outer += [f"{text} as r{n}" for n, (_, text) in enumerate(shown) if text]
    carried, parameters = _carried(packed)
    statement = f"create table cache.{name} as select {', '.join(outer)} from (select {', '.join(carried)})"
    return Loading(statement, parameters, frozenset(n for n, (_, text) in enumerate(shown) if text))


def _carried(packed: Sequence[Packed]) -> tuple[list[str], list[str]]:
    """The inner columns `v<n>` (values) and `v<n>m` (texts of misfits), and the JSON lists that they unfold."""
    lists = [(f"v{n}", item.carrier, item.values) for n, item in enumerate(packed)]
    lists += [(f"v{n}m", "VARCHAR", item.misfits) for n, item in enumerate(packed) if item.misfits is not None]
    columns = [
        f"""unnest(from_json(${place}, '["{carrier}"]')) as {name}"""
        for place, (name, carrier, _) in enumerate(lists, 1)
    ]
    return columns, [text for _, _, text in lists]


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
    return f"select {', '.join(shown)} from memory.cache.{table.name} t"


def patched_select(relation: Relation, base: Table, gone: Table, rows: Table, sql: str) -> str:
    """The SELECT of a view over an older table, without the keys in `gone`, and with the rows in `rows`."""
    places = {column.name: n for n, column in enumerate(relation.columns)}
    pairs = [
        (own, other)
        for n, name in enumerate(relation.key)
        for own, other in zip(_cells("k", n, gone), _cells("t", places[name], base), strict=True)
    ]
    same = " and ".join(f"{own} is not distinct from {other}" for own, other in pairs)
    kept = f"not exists (select 1 from memory.cache.{gone.name} k where {same})"
    return f"{view_select(relation, base, sql)} where {kept} union all {view_select(relation, rows, sql)}"


def _cells(alias: str, number: int, table: Table) -> tuple[str, str]:
    """A column's value and its raw text, which tells apart what does not fit the column's type."""
    return f"{alias}.c{number}", f"{alias}.r{number}" if number in table.raw else "cast(null as varchar)"
