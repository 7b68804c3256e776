"""Values at places inside JSON-like values: names joined with dots, as `metadata.name`. Nothing is changed in place."""

from collections.abc import Mapping
from typing import Any


def value_at(whole: Any, place: str) -> Any:
    """The value at a place, or None; the whole for the empty place."""
    for name in place.split(".") if place else ():
        if not isinstance(whole, Mapping):
            return None
        whole = whole.get(name)
    return whole


def has(whole: Any, place: str) -> bool:
    """Whether there is a value at a place, if only null."""
    above, _, name = place.rpartition(".")
    holder = value_at(whole, above)
    return isinstance(holder, Mapping) and name in holder


def with_value(whole: Any, place: str, value: Any) -> Any:
    """The whole with another value at a place; what is missing on the way is made."""
    if not place:
        return value
    name, _, rest = place.partition(".")
    holder = dict(whole) if isinstance(whole, Mapping) else {}
    holder[name] = with_value(holder.get(name), rest, value)
    return holder


def without(whole: Any, place: str) -> Any:
    """The whole without what is at a place."""
    name, _, rest = place.partition(".")
    if not isinstance(whole, Mapping) or name not in whole:
        return whole
    if rest:
        return {**whole, name: without(whole[name], rest)}
    return {key: value for key, value in whole.items() if key != name}
