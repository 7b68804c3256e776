"""One table's records as persistent maps: forks share them, a change costs its own record."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import immutables

from worlds.digest import canonical
from worlds.records.table import Record, Table

Numbers: TypeAlias = "immutables.Map[str, int]"
Index: TypeAlias = "immutables.Map[bytes, immutables.Map[int, str]]"
"""Spelled values to the keys of the records that have them, by number."""
JOINT: Final = "+"
_NONE: Final["immutables.Map[Any, Any]"] = immutables.Map()


@dataclass(frozen=True, slots=True)
class Shelf:
    """The records of one table, each with the number of its creation."""

    table: Table
    rows: "immutables.Map[str, Record]" = _NONE
    numbers: Numbers = _NONE
    """Of all keys that ever were, so that a place in a list is still known when its record is gone."""
    order: "immutables.Map[int, str]" = _NONE
    indexes: "immutables.Map[str, Index]" = _NONE
    next_number: int = 1

    def put(self, key: str, record: Record) -> "Shelf":
        """The shelf with a new record, or with another one under a key that it has."""
        old = self.rows.get(key)
        if old is None:
            return self.placed(key, self.next_number, record)
        indexes = self.indexes
        for field in self.table.indexes:
            if _has_kept(old, record, field):
                continue
            before, after = spelled(at(old, field)), spelled(at(record, field))
            if before != after:
                index = _without(indexes[field], before, self.numbers[key])
                indexes = indexes.set(field, _with(index, after, self.numbers[key], key))
        rows = self.rows.set(key, record)
        return Shelf(self.table, rows, self.numbers, self.order, indexes, self.next_number)

    def placed(self, key: str, number: int, record: Record) -> "Shelf":
        """The shelf with a record that it does not have, at a place of its own."""
        indexes = self.indexes
        for field in self.table.indexes:
            indexes = indexes.set(field, _with(indexes.get(field, _NONE), spelled(at(record, field)), number, key))
        return Shelf(
            self.table, self.rows.set(key, record), self.numbers.set(key, number), self.order.set(number, key), indexes,
            max(self.next_number, number + 1),
        )  # fmt: skip

    def remove(self, key: str) -> "Shelf":
        """The shelf without a record that it has."""
        record, number, indexes = self.rows[key], self.numbers[key], self.indexes
        for field in self.table.indexes:
            indexes = indexes.set(field, _without(indexes[field], spelled(at(record, field)), number))
        return replace(self, rows=self.rows.delete(key), order=self.order.delete(number), indexes=indexes)

    def keys(self, *, newest_first: bool, beyond: str | None) -> Iterator[str]:
        """Keys in the order of creation, or from the last one back; only those after a key, where one is named."""
        if newest_first:
            last = self.next_number if beyond is None else self.numbers[beyond]
            numbers: Iterable[int] = range(last - 1, 0, -1)
        else:
            numbers = range(1 if beyond is None else self.numbers[beyond] + 1, self.next_number)
        order = self.order
        return (key for number in numbers if (key := order.get(number)) is not None)

    def count_found(self, field: str, value: Any) -> int:
        """How many records have this value in an indexed field."""
        return len(self.indexes.get(field, _NONE).get(spelled(value), _NONE))

    def find(self, field: str, value: Any, *, newest_first: bool) -> list[str]:
        """The keys of records with this value in a field, in the order of creation or the other way round."""
        wanted = spelled(value)
        if field in self.table.indexes:
            found = self.indexes.get(field, _NONE).get(wanted, _NONE)
            return [found[number] for number in sorted(found, reverse=newest_first)]
        keys = self.keys(newest_first=newest_first, beyond=None)
        return [key for key in keys if spelled(at(self.rows[key], field)) == wanted]


def filled(table: Table, rows: Iterable[tuple[str, Record]]) -> Shelf:
    """A shelf with these records, created in this order; the last of equal keys counts."""
    records = dict(rows)
    numbers = {key: number for number, key in enumerate(records, start=1)}
    return restored(table, [(key, numbers[key], record) for key, record in records.items()], len(records) + 1)


def restored(table: Table, rows: Iterable[tuple[str, int, Record | None]], next_number: int) -> Shelf:
    """The shelf that had these records under these numbers; None for those that are gone."""
    known = list(rows)
    there = [(key, number, record) for key, number, record in known if record is not None]
    indexes = {field: _indexed(field, there) for field in table.indexes}
    return Shelf(
        table,
        immutables.Map({key: record for key, _, record in there}),
        immutables.Map({key: number for key, number, _ in known}),
        immutables.Map({number: key for key, number, _ in there}),
        immutables.Map(indexes),
        next_number,
    )


def at(record: Record, field: str) -> Any:
    """What an index is about: a field's value, or those of several fields joined by `+`, as a list."""
    return [record.get(each) for each in field.split(JOINT)] if JOINT in field else record.get(field)


def spelled(value: Any) -> bytes:
    """One spelling for equal values."""
    return value.encode(errors="surrogatepass") if type(value) is str else b"\0" + canonical(value)


def _has_kept(old: Record, new: Record, field: str) -> bool:
    """Whether a field, or each of those joined, is the very same value in two records: most of them always are."""
    if JOINT not in field:
        return old.get(field) is new.get(field)
    return all(old.get(each) is new.get(each) for each in field.split(JOINT))


def _indexed(field: str, rows: Iterable[tuple[str, int, Record]]) -> Index:
    found: dict[bytes, dict[int, str]] = {}
    for key, number, record in rows:
        found.setdefault(spelled(at(record, field)), {})[number] = key
    return immutables.Map({value: immutables.Map(keys) for value, keys in found.items()})


def _with(index: Index, value: bytes, number: int, key: str) -> Index:
    return index.set(value, index.get(value, _NONE).set(number, key))


def _without(index: Index, value: bytes, number: int) -> Index:
    left = index[value].delete(number)
    return index.set(value, left) if left else index.delete(value)
