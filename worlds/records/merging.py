"""Changes of the first state of what is made of records, by table and key."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from worlds.errors import WorldError, WrongChange
from worlds.part import Moment, Part
from worlds.records.table import Record

if TYPE_CHECKING:
    from worlds.records.part import RecordsPart

Place: TypeAlias = tuple[str | int, ...]


def merge_records(part: "RecordsPart", changes: Mapping[str, Any], moment: Moment) -> None:
    """Table to records, in a list or by key: one whose key exists is changed in the fields that are named, any other
    is added, and null in the place of one takes it away."""
    tables = [name for name, table in part.records.tables.items() if not table.hidden]
    for name, records in changes.items():
        if name not in tables:
            raise WrongChange(f"there is no {name!r}", (name,), hint=f"known: {', '.join(sorted(tables)) or 'none'}")
        for number, (place, key, record) in enumerate(_listed(part, name, records)):
            own = replace(moment, chance=moment.chance.derive("merge", name, number), later=moment.later)
            _merge_record(part, name, key, record, own, place)


def carry_out(part: Part, operation: str, arguments: Any, moment: Moment, place: Place) -> None:
    """Do an operation of a part. Raises WrongChange, placed."""
    if not isinstance(arguments, Mapping):
        raise WrongChange(f"{place[0]}: a mapping is expected", place)
    try:
        part.perform(operation, arguments, moment)
    except WorldError as error:
        raise WrongChange(f"{place[0]}: {error.message}", place, hint=error.hint) from None


def listed(name: str, items: Any) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """The mappings of a list, each with its place. Raises WrongChange."""
    if not isinstance(items, list):
        raise WrongChange(f"{name}: a list is expected", (name,))
    for number, item in enumerate(items):
        if not isinstance(item, Mapping):
            raise WrongChange(f"{name}: a mapping is expected", (name, number))
        yield (name, number), item


def _listed(part: "RecordsPart", name: str, records: Any) -> Iterator[tuple[Place, str | None, Record | None]]:
    """Each record with its place and its key, None where the part is to find one."""
    if isinstance(records, Mapping):
        yield from (((name, key), str(key), record) for key, record in records.items())
        return
    if not isinstance(records, list):
        raise WrongChange(f"{name}: a list of records, or a mapping by key is expected", (name,))
    for number, record in enumerate(records):
        if not isinstance(record, Mapping):
            raise WrongChange(f"{name}: a record is a mapping", (name, number))
        try:
            yield (name, number), part.key_in(name, record), record
        except WorldError as error:
            raise WrongChange(f"{name}: {error.message}", (name, number), hint=error.hint) from None


def _merge_record(
    part: "RecordsPart", table: str, key: str | None, record: Record | None, moment: Moment, place: Place
) -> None:
    named = {"table": table} if key is None else {"table": table, "key": key}
    if record is None:
        carry_out(part, "remove", named, moment, place)
        return
    if not isinstance(record, Mapping):
        raise WrongChange(f"{table}: a record is a mapping", place)
    there = key is not None and part.records.get(table, key) is not None
    carry_out(part, "patch" if there else "create", {**named, "record": _own(part, table, record)}, moment, place)


def _own(part: "RecordsPart", table: str, record: Record) -> Record:
    """The fields of a record; the key is none of them where records of the table do not repeat it."""
    column, known = part.key_column(table), part.records.types(table)
    return {name: value for name, value in record.items() if name != column or column in known or not known}
