"""Damage to records of any kind: one changed, one removed, one too many. What intruders have in common."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from harness.intruder import Damage, Grounds, Try
from worlds.records import Record, RecordsPart

TABLES_MAX: Final = 3
TRIED_MAX: Final = 5
_LOOKED_AT_MAX: Final = 200
_MARK: Final = " (sic)"


def spared(grounds: Grounds, table: str) -> list[str]:
    """A few records of a table that the reference leaves alone."""
    keys = islice(_records(grounds).keys(table), _LOOKED_AT_MAX)
    return list(islice((key for key in keys if not grounds.touched(f"{grounds.server}.{table}[{key}]")), TRIED_MAX))


def tables_of(grounds: Grounds) -> list[str]:
    """Tables with something in them: those that the reference changes first, where a slip is likeliest."""
    records = _records(grounds)
    names = [name for name, table in records.tables.items() if not table.hidden and records.count(name)]
    return sorted(names, key=lambda name: not grounds.touched(f"{grounds.server}.{name}"))[:TABLES_MAX]


def damages_to(grounds: Grounds, table: str, keep: Sequence[str] = ()) -> Iterator[Damage]:
    """What can be done past all tools; `keep` are fields that are no mistake to leave alone, such as ids."""
    keys, name = spared(grounds, table), f"{grounds.server}.{table}"
    changed = [("patch", key, wrong) for key in keys if (wrong := misread(record_at(grounds, table, key), keep))]
    yield Damage(f"one of {name} changed", [by_hand(grounds, do, table, key, record=w) for do, key, w in changed])
    yield Damage(f"one of {name} removed", [by_hand(grounds, "remove", table, key) for key in keys])


def misread(record: Record, keep: Sequence[str] = ()) -> dict[str, Any] | None:
    """A patch that makes a record wrong: one of its texts or numbers; None where it has none."""
    for field, value in record.items():
        if field in keep or isinstance(value, bool):
            continue
        if isinstance(value, str):
            return {field: value + _MARK}
        if isinstance(value, int | float):
            return {field: value + 1}
    return next(({name: not value} for name, value in record.items() if isinstance(value, bool)), None)


def record_at(grounds: Grounds, table: str, key: str) -> Record:
    """A record as it is at first."""
    return _records(grounds).get(table, key) or {}


def by_hand(grounds: Grounds, operation: str, table: str, key: str, **more: Mapping[str, Any]) -> Try:
    """An operation on one record, past all tools."""
    return Try(grounds.server, operation, {"table": table, "key": key, **more}, by_tool=False)


def _records(grounds: Grounds) -> Any:
    assert isinstance(grounds.part, RecordsPart)
    return grounds.part.records
