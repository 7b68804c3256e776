"""What parts made of records have in common: everything but what their operations mean."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from worlds.blobs import Blobs
from worlds.changes import Actor, Change
from worlds.delta import Delta as DumpDelta
from worlds.errors import UnknownName, WorldError
from worlds.part import Moment
from worlds.records.merging import merge_records
from worlds.records.operations import OPERATIONS
from worlds.records.records import Records
from worlds.records.shown import columns_of, row_of
from worlds.records.table import Record
from worlds.relation import Column, Delta, Relation


class RecordsPart:
    """A part over a store of records. Subclasses name their kind, and say more where they know more."""

    kind: ClassVar[str]
    more_operations: ClassVar[Sequence[str]] = ()
    """What a subclass can do beside `worlds.records.operations`."""
    __slots__ = ("records",)

    def __init__(self, records: Records) -> None:
        self.records = records

    def fork(self) -> Self:
        """An independent copy, in O(1)."""
        twin = object.__new__(type(self))
        twin.share(self)
        twin.records = self.records.fork()
        return twin

    def share(self, other: Self) -> None:
        """Take over what never changes from another part of the same origin. For subclasses that hold such things."""

    def adopt(self, other: Self) -> None:
        """Become an independent copy of another one."""
        self.share(other)
        self.records.adopt(other.records)

    def same(self, older: Self) -> bool:
        """Whether nothing happened since."""
        return self.records.same(older.records)

    def settle(self, actor: Actor) -> Sequence[Change]:
        """End an effect and return its net changes."""
        return self.records.settle(actor)

    def digest(self) -> bytes:
        """32 bytes over all records that are not hidden."""
        return self.records.digest()

    def marks_digest(self) -> bytes:
        """32 bytes over hidden records, the order of creation, and the counters."""
        return self.records.marks_digest()

    def recomputed(self) -> tuple[bytes, bytes]:
        """Both digests from nothing."""
        return self.records.recomputed()

    def diff(self, older: Self) -> Sequence[Change]:
        """Net changes from `older` to this."""
        return self.records.diff(older.records)

    def dump(self, blobs: Blobs) -> dict[str, Any]:
        """A manifest: what never changes, and the records."""
        return self.fixed(blobs) | self.records.dump(blobs)

    def dump_since(self, older: Self, blobs: Blobs) -> DumpDelta | None:
        """What leads from the dump of an older state to this one's."""
        return self.records.dump_since(older.records, blobs)

    def fixed(self, blobs: Blobs) -> dict[str, Any]:
        """What a manifest says beside the records; for subclasses that hold something that never changes."""
        return {}

    @classmethod
    def load(cls, manifest: Mapping[str, Any], blobs: Blobs) -> Self:
        """The part that `dump` described. Raises ArchiveError."""
        loaded = object.__new__(cls)
        loaded.take_fixed(manifest, blobs)
        loaded.records = Records.load(manifest, blobs)
        return loaded

    def take_fixed(self, manifest: Mapping[str, Any], blobs: Blobs) -> None:
        """Read what `fixed` wrote."""

    def perform(self, operation: str, arguments: Mapping[str, Any], moment: Moment) -> Any:
        """Do one named operation, whole or not at all; see `worlds.records.operations`. Raises WorldError."""
        known = OPERATIONS.get(operation)
        if known is None:
            names = ", ".join(dict.fromkeys((*self.more_operations, *OPERATIONS)))
            raise UnknownName(f"there is no operation {operation!r}", hint=f"one of: {names}")
        with self.records.whole_or_nothing():
            return known(self.records, arguments)

    def merge(self, changes: Mapping[str, Any], moment: Moment) -> None:
        """Change records, or add them, by table and key. Raises WrongChange."""
        merge_records(self, changes, moment)

    def key_in(self, table: str, record: Record) -> str | None:
        """The key that a written record names; None where the part finds one itself. Raises WorldError."""
        column = self.key_column(table)
        if record.get(column) in (None, ""):
            raise WorldError(f"a record is a mapping with {column!r}", hint="or give the table as a mapping by key")
        return str(record[column])

    def close(self) -> None:
        """Nothing is held."""

    def relations(self) -> Sequence[Relation]:
        """One table for each that is not hidden: the key as `id`, then the fields that its records have."""
        shown = [table for table in self.records.tables.values() if not table.hidden]
        return [Relation(table.name, self.columns(table.name), (self.key_column(table.name),)) for table in shown]

    def key_column(self, table: str) -> str:
        """What the column with the key is called."""
        return "id"

    def columns(self, table: str) -> tuple[Column, ...]:
        """The columns of a table: as observed, unless a subclass knows them."""
        return columns_of(self.key_column(table), self.records.types(table))

    def as_seen(self, table: str, record: Record) -> Record:
        """A record as queries see it; for subclasses that show it otherwise than it is kept."""
        return record

    def relation_rows(self, name: str) -> Iterator[Sequence[Any]]:
        """All rows of a table, in the order of creation."""
        return self._rows(name, self.records.keys(name))

    def relation_delta(self, name: str, older: Self) -> Delta | None:
        """How a table differs from an older state, in O(what changed); None where that is not known."""
        apart = self.records.touched_since(older.records)
        if apart is None or self.columns(name) != older.columns(name):
            return None
        keys = [key for table, key in apart if table == name]
        gone = [(key,) for key in keys if older.records.get(name, key) is not None]
        return Delta(gone, list(self._rows(name, (key for key in keys if self.records.get(name, key) is not None))))

    def _rows(self, name: str, keys: Iterable[str]) -> Iterator[Sequence[Any]]:
        columns = self.columns(name)
        return (row_of(columns, key, self.as_seen(name, self.records.get(name, key) or {})) for key in keys)
