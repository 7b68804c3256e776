"""Values at places inside JSON-like values: names joined with dots (`metadata.name`), `[]` for every element of a list.

Nothing is changed in place.
"""

from collections.abc import Iterator, Mapping
from typing import Any


def value_at(whole: Any, place: str) -> Any:
    """The value at a place without lists, or None; the whole for the empty place."""
    if type(whole) is dict and place and "." not in place:
        return whole.get(place)
    for name in place.split(".") if place else ():
        if not isinstance(whole, Mapping):
            return None
        whole = whole.get(name)
    return whole


def values_at(whole: Any, place: str) -> Iterator[Any]:
    """Every value at a place, each element where it goes through lists (`lines[].product_id`, `tags[]`)."""
    name, _, rest = place.partition(".")
    listed = name.endswith("[]")
    key = name.removesuffix("[]")
    if not isinstance(whole, Mapping) or key not in whole:
        return
    found = whole[key]
    for each in found if listed and isinstance(found, list | tuple) else () if listed else (found,):
        if rest:
            yield from values_at(each, rest)
        else:
            yield each


def has(whole: Any, place: str) -> bool:
    """Whether there is a value at a place, if only null."""
    above, _, name = place.rpartition(".")
    holder = value_at(whole, above)
    return isinstance(holder, Mapping) and name in holder


def with_value(whole: Any, place: str, value: Any) -> Any:
    """The whole with another value at a place without lists; what is missing on the way is made."""
    if not place:
        return value
    name, _, rest = place.partition(".")
    holder = dict(whole) if isinstance(whole, Mapping) else {}
    holder[name] = with_value(holder.get(name), rest, value) if rest else value
    return holder


def without(whole: Any, place: str) -> Any:
    """The whole without what is at a place, through lists where it has them."""
    name, _, rest = place.partition(".")
    key = name.removesuffix("[]")
    if not isinstance(whole, Mapping) or key not in whole:
        return whole
    if not rest:
        return {each: value for each, value in whole.items() if each != key}
    inner = whole[key]
    if name.endswith("[]") and isinstance(inner, list | tuple):
        return {**whole, key: [without(each, rest) for each in inner]}
    return {**whole, key: without(inner, rest)}
