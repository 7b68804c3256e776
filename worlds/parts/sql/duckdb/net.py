"""Net differences from a base: what each statement changed, folded into one entry per path."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import immutables

from worlds.changes import Change, kind_of
from worlds.digest import EMPTY, SetSum, seal
from worlds.parts.sql.duckdb.facts import label, objects_by_path
from worlds.parts.sql.duckdb.messages import Catalog, Effects, Name, RowChange


class Net(NamedTuple):
    """How one thing differs. A row without a primary key may have come, or gone, several times."""

    before: Any
    after: Any
    times: int = 1

    @property
    def surplus(self) -> int:
        """How often a row without a key came (or, negative, went)."""
        return self.times if self.after is not None else -self.times


Delta = immutables.Map[str, Net]


def row_nets(rows: Iterable[RowChange]) -> Iterator[tuple[str, Net]]:
    """Row changes by path: `orders[7]`, `prices[7,EUR]`, and `log[#5be1c0ffee12]` where there is no primary key."""
    for row in rows:
        yield f"{label(row.table)}[{row.key}]", Net(row.before, row.after)


def object_nets(older: Catalog, newer: Catalog) -> Iterator[tuple[str, Net]]:
    """Changes of the schema's objects by path."""
    before, after = objects_by_path(older), objects_by_path(newer)
    for path in sorted(before.keys() | after.keys()):
        left, right = before.get(path), after.get(path)
        if (left and left.identity) != (right and right.identity):
            yield path, Net(left and left.shown, right and right.shown)


def effect_nets(effects: Effects, catalog: Catalog) -> Iterator[tuple[str, Net]]:
    """What a statement changed, by path; `catalog` is the schema before it."""
    if effects.catalog is not None:
        yield from object_nets(catalog, effects.catalog)
    yield from row_nets(effects.rows)


def bulk_nets(
    names: Iterable[Name], older: Mapping[Name, SetSum], newer: Mapping[Name, SetSum]
) -> Iterator[tuple[str, Net]]:
    """Tables with too many changed rows to list: one change of `table[*]`, by the hashes of all rows."""
    for name in names:
        before, after = ({"rows": seal(sums[name]).hex()} if name in sums else None for sums in (older, newer))
        if older.get(name, EMPTY) != newer.get(name, EMPTY):
            yield f"{label(name)}[*]", Net(before, after)


def fold(delta: Delta, nets: Iterable[tuple[str, Net]]) -> Delta:
    """A delta with further changes after it."""
    changing = delta.mutate()
    for path, net in nets:
        earlier = changing.get(path)
        both = net if earlier is None else _joined(earlier, net, keyed="[#" not in path)
        if both is not None:
            changing[path] = both
        elif earlier is not None:
            del changing[path]
    return changing.finish()


def between(older: Delta, newer: Delta) -> Iterator[tuple[str, Net]]:
    """What differs between two states of which both are known by their difference from one base."""
    for path in {*older.keys(), *newer.keys()}:
        left, right = older.get(path), newer.get(path)
        if left == right:
            continue
        net = _joined(_turned(left), right, keyed="[#" not in path) if left and right else right or _turned(left)
        if net is not None:
            yield path, net


def as_changes(nets: Iterable[tuple[str, Net]]) -> Iterator[Change]:
    """Changes in path order; a row without a key is told once for each time it came or went."""
    for path, net in sorted(nets, key=lambda pair: pair[0]):
        for _ in range(net.times):
            yield Change(path, kind_of(net.before, net.after), net.before, net.after)


def _turned(net: Net | None) -> Net:
    assert net is not None
    return Net(net.after, net.before, net.times)


def _joined(first: Net, second: Net, *, keyed: bool) -> Net | None:
    """Two changes of one path, one after the other; None when nothing is left."""
    if keyed:
        return None if first.before == second.after else Net(first.before, second.after)
    times = first.surplus + second.surplus
    row = first.after if first.after is not None else first.before
    if times == 0:
        return None
    return Net(None, row, times) if times > 0 else Net(row, None, -times)
