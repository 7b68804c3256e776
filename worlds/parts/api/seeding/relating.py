"""How resources of one collection fit those of others: keys, identities, and copies of what is named."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from worlds.parts.api.inference.collection import Collection, Key
from worlds.parts.api.inference.fields import value_at


def all_keys(collection: Collection) -> Iterator[Key]:
    """What parameters of any of its paths mean, each field once."""
    seen: set[str] = set()
    for keys in (collection.keys, *(role.keys for role in collection.roles)):
        for key in keys:
            if key.field not in seen:
                seen.add(key.field)
                yield key


def around(collection: Collection, record: Mapping[str, Any]) -> tuple[Any, ...]:
    """The values that tell what a resource lies in."""
    fields = [key.field for key in collection.keys if key.field != collection.id_field]
    return tuple(str(value_at(record, name)) for name in fields)


def identity_of(collection: Collection, record: Mapping[str, Any]) -> tuple[Any, ...]:
    """What no two resources of a collection share: what they lie in, and the id."""
    return (*around(collection, record), str(value_at(record, collection.id_field)))


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
