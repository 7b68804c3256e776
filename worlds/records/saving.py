"""How a store of records is written into a snapshot and read again."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import immutables

from worlds.blame import Blame
from worlds.blobs import Blobs
from worlds.errors import ArchiveError
from worlds.records.base import Base
from worlds.records.shelf import Shelf, restored
from worlds.records.spelling import record_of, spelled
from worlds.records.state import SEPARATOR, Name, State, named
from worlds.records.table import Record, Table

FORMAT: Final = 2
READ: Final = (1, 2)
"""The formats that can be read: in the first, records stand as values, whose fields lost their order on the way."""


def header(base: Base, state: State, effects: int, blobs: Blobs) -> dict[str, Any]:
    """What every manifest begins with."""
    return {"format": FORMAT, "base": base.saved(blobs), "effects": effects, **state.figures()}


def pairs(state: State, names: Iterable[Name]) -> list[list[Any]]:
    """Names with their numbers and records, in order; no record where it is gone.

    A record stands as a text, because the order of its fields shows in answers and manifests know none.
    """
    return sorted([named(name), [state.number(name), spelled(state.record(name))]] for name in set(names))


def blamed(blame: Blame, older: Blame) -> list[list[Any]]:
    """Names with who touched them, where an older state does not say the same."""
    found = ((path, touches) for path, touches in blame.by_path.items() if older.by_path.get(path) is not touches)
    return sorted([path, [list(touch) for touch in touches]] for path, touches in found)


def base_of(manifest: Mapping[str, Any], blobs: Blobs) -> Base:
    """The first state that a manifest names."""
    if manifest["format"] not in READ:
        raise ArchiveError(f"records in the format {manifest['format']!r}, not {FORMAT}")
    written = json.loads(blobs.get(manifest["base"]))
    tables = [Table(name, tuple(indexes), hidden) for name, indexes, hidden in written["tables"]]
    rows, following = written["rows"], written["next"]
    shelves = {table.name: restored(table, _rows(rows[table.name]), following[table.name]) for table in tables}
    return Base(State.of(shelves, written["counters"]))


def _rows(written: Iterable[tuple[str, int, Any]]) -> Iterator[tuple[str, int, Record | None]]:
    return ((key, number, record_of(record)) for key, number, record in written)


def state_of(base: State, manifest: Mapping[str, Any]) -> State:
    """The state that a manifest describes."""
    shelves = dict(base.shelves)
    for path, (number, record) in manifest["records"]:
        table, key = name_of(path)
        shelves[table] = _placed(shelves[table], key, number, record_of(record))
    following = manifest["next"]
    shelves = {name: _counted(shelf, following[name]) for name, shelf in shelves.items()}
    return State.of(shelves, manifest["counters"])


def names_of(manifest: Mapping[str, Any]) -> list[Name]:
    """The names that a manifest tells apart from its base."""
    return [name_of(path) for path, _ in manifest["records"]]


def blame_of(manifest: Mapping[str, Any]) -> Blame:
    """Who touched what."""
    found = {path: tuple((actor, stamp) for actor, stamp in touches) for path, touches in manifest["blame"]}
    return Blame(immutables.Map(found))


def name_of(path: str) -> Name:
    """A name from its one text."""
    table, _, key = path.partition(SEPARATOR)
    return table, key


def verify(manifest: Mapping[str, Any], digest: bytes, marks_digest: bytes) -> None:
    """Raise ArchiveError unless these are the recorded digests."""
    if (digest.hex(), marks_digest.hex()) != (manifest["digest"], manifest["marks_digest"]):
        raise ArchiveError("the records are not those that were stored")


@contextmanager
def damage_named() -> Iterator[None]:
    """Turn what a malformed manifest leads to into ArchiveError."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArchiveError(f"a store of records cannot be read: {error!r}") from None


def _placed(shelf: Shelf, key: str, number: int, record: Any) -> Shelf:
    if key in shelf.rows:
        shelf = shelf.remove(key)
    if record is not None:
        return shelf.placed(key, number, record)
    return Shelf(shelf.table, shelf.rows, shelf.numbers.set(key, number), shelf.order, shelf.indexes, shelf.next_number)


def _counted(shelf: Shelf, next_number: int) -> Shelf:
    return Shelf(shelf.table, shelf.rows, shelf.numbers, shelf.order, shelf.indexes, next_number)
