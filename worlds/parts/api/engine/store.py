"""The resources of a service during one call: what is read, what was touched, and what expressions can see of it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from worlds.chance import NOBODY, Identity
from worlds.part import Moment
from worlds.parts.api.engine.kind import DELETED, Kind
from worlds.parts.api.expressions.scope import NOTHING, Found
from worlds.parts.api.places import value_at
from worlds.records import Record, Records

Name = tuple[str, str]
COUNTERS: Final = "_counters"
ORIGIN: Final = "/"
"""The key there of the world's seed and first moment, by which answers are made that no resource stands behind."""
BUCKETS: Final = "_buckets"
REPEATS: Final = "_repeats"
_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Store:
    """Reads and writes of one call. Writes go to the records at once; who made them undoes them where need be."""

    __slots__ = ("_drawn", "before", "kinds", "moment", "records")

    def __init__(self, kinds: Mapping[str, Kind], records: Records, moment: Moment) -> None:
        self.kinds = kinds
        self.records = records
        self.moment = moment
        self.before: dict[Name, Record | None] = {}
        """What was touched, and what stood there before."""
        self._drawn: dict[str, int] = {}

    def get(self, collection: str, key: str) -> Record | None:
        """A resource that is there and not marked as deleted."""
        record = self.records.get(collection, key)
        return None if record is None or record.get(DELETED) else record

    def put(self, collection: str, key: str, record: Record) -> None:
        """Create or replace a resource."""
        self.before.setdefault((collection, key), self.records.get(collection, key))
        self.records.put(collection, key, record)

    def remove(self, collection: str, key: str) -> None:
        """Take a resource away, if it is there."""
        old = self.records.get(collection, key)
        if old is not None:
            self.before.setdefault((collection, key), old)
            self.records.remove(collection, key)

    def keys_where(self, collection: str, equal: Mapping[str, Any]) -> Iterator[str]:
        """Keys of resources that have these values, in the order of creation; one indexed field makes it quick."""
        indexed = next((name for name in self.kinds[collection].indexes if name in equal), None)
        own = self.kinds[collection].id_field
        if own in equal and self.kinds[collection].is_global:
            keys: Iterable[str] = [str(equal[own])]
        elif indexed is not None:
            keys = self.records.find(collection, indexed, equal[indexed])
        else:
            keys = self.records.keys(collection)
        for key in keys:
            record = self.get(collection, key)
            if record is not None and all(_same(value_at(record, name), value) for name, value in equal.items()):
                yield key

    def find(self, collection: str, field: str, value: Any) -> str | None:
        """The key of the first resource with this value."""
        return next(self.keys_where(collection, {field: value}), None)

    def knows(self, collection: str) -> bool:
        """Whether there is a collection of that name."""
        return collection in self.kinds

    def members(self, collection: str, equal: Mapping[str, Any]) -> Iterator[Record]:
        """The resources of a collection that have these values."""
        if collection in self.kinds:
            for key in self.keys_where(collection, equal):
                record = self.get(collection, key)
                if record is not None:
                    yield record

    def follow(self, collection: str, field: str, value: Any) -> Found:
        """The resource that a field names."""
        kind = self.kinds.get(collection)
        relation = kind.relations.get(field) if kind else None
        key_of = (
            next((each for each in kind.collection.keys if each.field == field and each.collection), None)
            if kind
            else None
        )
        target = relation.to if relation else key_of.collection if key_of else ""
        if target not in self.kinds or not isinstance(value, str | int):
            return NOTHING
        place = relation.target if relation else ""
        key = self.named(target, place or self.kinds[target].id_field, value)
        return Found(self.get(target, key), target) if key is not None else NOTHING

    def named(self, collection: str, field: str, value: Any) -> str | None:
        """The key of the resource whose field has a value, as a relation means it."""
        kind = self.kinds[collection]
        if kind.is_global and field in (kind.id_field, "id"):
            return str(value) if self.get(collection, str(value)) is not None else None
        return self.find(collection, kind.id_field if field == "id" else field, value)

    def now_ns(self) -> int:
        """The world's time."""
        return self.moment.now_ns

    def letters(self, count: int) -> str:
        """Letters and digits from the world's chance."""
        return self.drawn_letters("letters", count)

    def drawn_letters(self, name: str, count: int, alphabet: str = _LETTERS) -> str:
        """Characters from an alphabet; asking again under the same name gives others."""
        number = int.from_bytes(self.drawn(name, 64), "big")
        found = []
        for _ in range(count):
            number, place = divmod(number, len(alphabet))
            found.append(alphabet[place])
        return "".join(found)

    def drawn(self, name: str, size: int) -> bytes:
        """Bytes from the chance of this call; asking again under the same name gives others."""
        number = self._drawn[name] = self._drawn.get(name, 0) + 1
        return self.moment.chance.raw("api", _IDENTITY, f"{name}/{number}", size=size)

    def counted(self, name: str, start: int) -> int:
        """The next number of a counter."""
        found = self.records.get(COUNTERS, name)
        number: int = found["next"] if found else start
        self.records.put(COUNTERS, name, {"next": number + 1})
        return number

    def count_past(self, name: str, number: int) -> None:
        """Let a counter go on above a number that was given from outside."""
        found = self.records.get(COUNTERS, name)
        if found is None or found["next"] <= number:
            self.records.put(COUNTERS, name, {"next": number + 1})


_IDENTITY: Final[Identity] = NOBODY


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
