"""The face of a store of records: mutable for those who work with it, persistent underneath."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

from worlds.blame import NOBODY
from worlds.blobs import Blobs
from worlds.changes import Actor, Change, kind_of
from worlds.delta import Delta
from worlds.digest import EMPTY, SetSum, canonical, content_hash, plus, seal
from worlds.part import ordered
from worlds.records import saving
from worlds.records.base import Base
from worlds.records.errors import UnknownTable
from worlds.records.shelf import Shelf, filled
from worlds.records.shown import Types, typed
from worlds.records.state import Name, State, Touched, differs, named
from worlds.records.sums import NO_WEIGHTS, after_changes
from worlds.records.table import Record, Table, is_alike


class Records:
    """Named tables of JSON-like records. Forks cost O(1), an effect O(what it touched)."""

    __slots__ = (
        "_base",
        "_blame",
        "_content",
        "_digest",
        "_effects",
        "_marks",
        "_now",
        "_settled",
        "_touched",
        "_weights",
    )

    def __init__(
        self, tables: Sequence[Table], first: Mapping[str, Iterable[tuple[str, Record]]] | None = None
    ) -> None:
        """`first`: by table, keys and records in the order of their creation."""
        rows = first or {}
        shelves = {table.name: filled(table, rows.get(table.name, ())) for table in tables}
        self._begin(Base(State.of(shelves)))

    def _begin(self, base: Base) -> None:
        self._base = base
        self._now = self._settled = base.state
        self._touched: Touched = {}
        self._content: SetSum | None = None
        self._digest: bytes | None = None
        self._marks = EMPTY
        """How far the marks sum is from that of the base, which is made when somebody asks."""
        self._weights = NO_WEIGHTS
        """Of the records that were touched since the base: most of them are touched again."""
        self._blame = NOBODY
        self._effects = 0

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables, in the order of their names."""
        return {name: shelf.table for name, shelf in sorted(self._now.shelves.items())}

    def get(self, table: str, key: str) -> Record | None:
        """A record, or None. Raises UnknownTable."""
        return self._shelf(table).rows.get(key)

    def count(self, table: str) -> int:
        """How many records a table has."""
        return len(self._shelf(table).rows)

    def keys(self, table: str, *, newest_first: bool = False, beyond: str | None = None) -> Iterator[str]:
        """Keys in the order of creation; only those after the key `beyond`, which may be gone by now.

        Raises UnknownTable, and KeyError for a key that never was.
        """
        return self._shelf(table).keys(newest_first=newest_first, beyond=beyond)

    def find(self, table: str, field: str, value: Any, *, newest_first: bool = False) -> list[str]:
        """The keys of all records with this value in a top-level field, in the order of creation.

        Costs what is found where the field is indexed, otherwise the table.
        """
        return self._shelf(table).find(field, value, newest_first=newest_first)

    def count_found(self, table: str, field: str, value: Any) -> int | None:
        """How many records have this value in a field, at once; None where the field is not indexed."""
        shelf = self._shelf(table)
        return shelf.count_found(field, value) if field in shelf.table.indexes else None

    def known(self, table: str, key: str) -> bool:
        """Whether there is, or ever was, a record with this key."""
        return key in self._shelf(table).numbers

    def place(self, table: str, key: str) -> int:
        """The number under which a record was created, which may be gone by now. Raises KeyError for what never was."""
        return self._shelf(table).numbers[key]

    def put(self, table: str, key: str, record: Record) -> None:
        """Create a record or replace it; an equal one changes nothing."""
        shelf = self._shelf(table)
        if not is_alike(shelf.rows.get(key), record):
            self._become(self._now.with_shelf(shelf.put(key, record)), (table, key))

    def remove(self, table: str, key: str) -> None:
        """Take a record away. Raises KeyError where there is none."""
        self._become(self._now.with_shelf(self._shelf(table).remove(key)), (table, key))

    def count_up(self, counter: str, start: int = 1) -> int:
        """The next number of a named counter."""
        number = self._now.counters.get(counter, start)
        self._now = self._now.with_counter(counter, number + 1)
        return number

    @contextmanager
    def whole_or_nothing(self) -> Iterator[None]:
        """Undo what the body did if it raises."""
        before, touched = self._now, self._touched.copy()
        try:
            yield
        except BaseException:
            self._now, self._touched = before, touched
            raise

    def fork(self) -> Self:
        """An independent copy, in O(1)."""
        twin = object.__new__(type(self))
        twin.adopt(self)
        return twin

    def adopt(self, other: Self) -> None:
        """Become an independent copy of another store, in O(1)."""
        self._base, self._now, self._settled = other._base, other._now, other._settled
        self._touched = other._touched.copy()
        self._content, self._marks, self._digest = other._content, other._marks, other._digest
        self._weights = other._weights
        self._blame, self._effects = other._blame, other._effects

    def same(self, older: Self) -> bool:
        """Whether nothing was written since."""
        return self._now is self._settled is older._settled

    def settle(self, actor: Actor) -> Sequence[Change]:
        """End an effect and return its net changes, in path order."""
        before = self._settled
        touched = [name for name in self._touched if differs(name, before, self._now)]
        self._settled, self._touched = self._now, {}
        if not touched:
            return ()
        content, marks, weights = after_changes(
            self._content_sum(), self._marks, touched, before, self._now, self._weights
        )
        self._content, self._marks, self._weights, self._digest = content, marks, weights, None
        self._effects += 1
        stamp = f"{self._effects}-{self.digest()[:8].hex()}"
        self._blame = self._blame.after([named(each) for each in touched], actor, stamp)
        changes = (self._change(each, before, (actor,)) for each in touched)
        return ordered([change for change in changes if change])

    def digest(self) -> bytes:
        """32 bytes over all records that are not hidden."""
        if self._digest is None:
            self._digest = seal(self._content_sum())
        return self._digest

    def marks_digest(self) -> bytes:
        """32 bytes over hidden records, the order of creation, and the counters."""
        return self._marked(plus(self._base.marks, self._marks))

    def recomputed(self) -> tuple[bytes, bytes]:
        """Both digests from nothing, in O(size)."""
        fresh = Base(self._settled)
        return seal(fresh.content), self._marked(fresh.marks)

    def diff(self, older: Self) -> Sequence[Change]:
        """Net changes from `older` to this, in path order; O(changes) for stores forked from one another."""
        if self.digest() == older.digest():
            return ()
        kin = self._base is older._base or self._base.address == older._base.address
        names = self._apart(older) if kin else sorted({*self._settled.names(), *older._settled.names()})
        found = [(name, self._blame.actors_apart(older._blame, named(name)) if kin else ()) for name in names]
        changes = (self._change(name, older._settled, actors) for name, actors in found)
        return ordered([change for change in changes if change])

    def dump(self, blobs: Blobs) -> dict[str, Any]:
        """A manifest: the base by its hash, and every record that was touched since."""
        return {
            **saving.header(self._base, self._settled, self._effects, blobs),
            "records": saving.pairs(self._settled, self._since()),
            "blame": saving.blamed(self._blame, NOBODY),
            "digest": self.digest().hex(),
            "marks_digest": self.marks_digest().hex(),
        }

    def dump_since(self, older: Self, blobs: Blobs) -> Delta | None:
        """What leads from the dump of an older state of this store to its own."""
        if self._base is not older._base:
            return None
        names = self._apart(older)
        put = {"records": saving.pairs(self._settled, names), "blame": saving.blamed(self._blame, older._blame)}
        manifest = saving.header(self._base, self._settled, self._effects, blobs)
        digests = {"digest": self.digest().hex(), "marks_digest": self.marks_digest().hex()}
        return {"set": manifest | digests, "put": put}

    @classmethod
    def load(cls, manifest: Mapping[str, Any], blobs: Blobs) -> Self:
        """The store that `dump` described, verified by both digests. Raises ArchiveError."""
        with saving.damage_named():
            loaded = object.__new__(cls)
            loaded._begin(saving.base_of(manifest, blobs))
            loaded._now = loaded._settled = saving.state_of(loaded._base.state, manifest)
            names = saving.names_of(manifest)
            first = loaded._base
            sums = after_changes(first.content, EMPTY, names, first.state, loaded._now)
            loaded._content, loaded._marks, loaded._weights = sums
            loaded._blame, loaded._effects = saving.blame_of(manifest), manifest["effects"]
            saving.verify(manifest, loaded.digest(), loaded.marks_digest())
            return loaded

    def touched_since(self, older: Self) -> list[Name] | None:
        """The tables and keys that differ from an older state, or more of them; None where that is not known."""
        return self._apart(older) if self._base is older._base else None

    def types(self, table: str) -> Types:
        """The fields of a table's records with the types of their values: of those that were there at first, and of
        those touched since. Costs what was touched."""
        self._shelf(table)
        names = (name for name in {**dict.fromkeys(self._since()), **self._touched} if name[0] == table)
        return typed((self._now.record(name) or {} for name in names), self._base.types(table))

    def _become(self, state: State, name: Name) -> None:
        self._now = state
        self._touched[name] = None

    def _shelf(self, table: str) -> Shelf:
        shelf = self._now.shelves.get(table)
        if shelf is None:
            raise UnknownTable(f"there is no {table!r}", hint=f"one of: {', '.join(sorted(self._now.shelves))}")
        return shelf

    def _change(self, name: Name, older: State, actors: tuple[Actor, ...]) -> Change | None:
        table, key = name
        before, after = older.record(name), self._settled.record(name)
        if is_alike(before, after) or self._settled.is_hidden(table):
            return None
        return Change(f"{table}[{key}]", kind_of(before, after), before, after, actors)

    def _since(self) -> list[Name]:
        return [saving.name_of(path) for path in self._blame.by_path]

    def _apart(self, older: Self) -> list[Name]:
        return [saving.name_of(path) for path in self._blame.paths_apart(older._blame)]

    def _content_sum(self) -> SetSum:
        return self._base.content if self._content is None else self._content

    def _marked(self, total: SetSum) -> bytes:
        return content_hash(b"records\0" + seal(total) + canonical(self._settled.figures()))
