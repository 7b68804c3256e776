"""How resources of one collection fit those of others: keys, identities, and copies of what is named."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worlds.parts.api.inference.collection import Collection, Key, Stamp
from worlds.parts.api.inference.naming import plain
from worlds.parts.api.inference.shapes import Shapes
from worlds.parts.api.places import value_at
from worlds.parts.api.places import with_value as with_any


def all_keys(collection: Collection) -> Iterator[Key]:
    """What parameters of any of its paths mean, each field once."""
    seen: set[str] = set()
    for keys in (collection.keys, *(role.keys for role in collection.roles)):
        for key in keys:
            if key.field not in seen:
                seen.add(key.field)
                yield key


@dataclass(frozen=True, slots=True)
class Shape:
    """What is decided for each resource of a collection alike, found out once."""

    collection: Collection
    placing: tuple[Key, ...]
    """What parameters of paths mean, the own id aside."""
    outer: tuple[str, ...]
    """The fields that tell what a resource lies in."""
    stamps: tuple[Stamp, ...]
    """The times that the service keeps."""
    states: frozenset[str]
    """The states that there are; none where the schema does not list them."""

    @classmethod
    def of(cls, collection: Collection, shapes: Shapes) -> "Shape":
        """What holds for a collection."""
        own = collection.id_field
        state = shapes.fields(collection.schema).get(collection.state, {}) if collection.state else {}
        return cls(
            collection,
            tuple(key for key in all_keys(collection) if key.field != own),
            tuple(key.field for key in collection.keys if key.field != own),
            tuple(stamp for stamp in collection.stamps if stamp.on in ("create", "update")),
            frozenset(str(each).lower() for each in shapes.document.resolve(state).get("enum", ())),
        )

    def around(self, record: Mapping[str, Any]) -> tuple[str, ...]:
        """The values that tell what a resource lies in."""
        return tuple([str(value_at(record, name)) for name in self.outer]) if self.outer else ()

    def identity(self, record: Mapping[str, Any]) -> tuple[str, ...]:
        """What no two resources of a collection share: what they lie in, and the id."""
        return (*self.around(record), str(value_at(record, self.collection.id_field)))


def like(held: Any, value: Any) -> Any:
    """A value in the type that stands there: ids are often texts in one place and numbers in another."""
    if isinstance(held, str) and not isinstance(value, str):
        return str(value)
    if isinstance(held, int) and not isinstance(held, bool) and isinstance(value, str):
        return int(value) if value.isdigit() else held
    return value


def overlaid(held: Any, target: Mapping[str, Any]) -> Any:
    """What stands there, with the values that the other resource has under the same names."""
    if not isinstance(held, dict):
        return held
    return {
        name: target[name] if name in target and type(target[name]) is type(value) else value
        for name, value in held.items()
    }


def parents_first(collections: Sequence[Collection]) -> Iterator[Collection]:
    """Each after those that it names, where no circle prevents it: what must be named counts more."""
    waiting = {each.name: each for each in collections}
    while waiting:
        free = next((each for each in waiting.values() if not _named(each, False) & waiting.keys()), None)
        free = free or next((each for each in waiting.values() if not _named(each, True) & waiting.keys()), None)
        yield waiting.pop((free or next(iter(waiting.values()))).name)


def _named(collection: Collection, only_needed: bool) -> set[str]:
    names = {key.collection for key in collection.keys if key.collection}
    names |= {each.to for each in collection.relations if each.required or not only_needed}
    return names - {collection.name}


def with_value(record: dict[str, Any], place: str, value: Any) -> dict[str, Any]:
    """A resource with another value at a place."""
    found: dict[str, Any] = with_any(record, place, value)
    return found


def agreeing(shape: Shape, record: dict[str, Any]) -> dict[str, Any]:
    """A resource whose flags and times tell of the state that it is in: nothing is `paid` that is still `open`."""
    state, states = str(record.get(shape.collection.state)).lower(), shape.states
    found = dict(record)
    for name, value in record.items():
        flag, when = plain(name).removeprefix("is_"), plain(name).removesuffix("_at")
        if isinstance(value, bool) and flag in states:
            found[name] = flag == state
        elif when != plain(name) and when in states and when != state and isinstance(value, str | int):
            found[name] = None
    return found
