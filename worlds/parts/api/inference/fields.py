"""Values of resources by the paths of their fields."""

from collections.abc import Iterator, Mapping
from typing import Any


def value_at(record: Any, path: str) -> Any:
    """The value at a path without lists (`metadata.name`); None where there is none. An empty path is the whole."""
    for name in path.split(".") if path else ():
        if not isinstance(record, Mapping) or name not in record:
            return None
        record = record[name]
    return record


def values_at(record: Any, path: str) -> Iterator[Any]:
    """Every value at a path, each element where it goes through lists (`lines[].product_id`, `tags[]`)."""
    name, _, rest = path.partition(".")
    listed = name.endswith("[]")
    key = name.removesuffix("[]")
    if not isinstance(record, Mapping) or key not in record:
        return
    found = record[key]
    for each in found if listed and isinstance(found, list | tuple) else () if listed else (found,):
        if rest:
            yield from values_at(each, rest)
        else:
            yield each


def with_value(record: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with another value at a path without lists; what is missing on the way is made."""
    name, _, rest = path.partition(".")
    inner = record.get(name)
    return {**record, name: with_value(inner if isinstance(inner, Mapping) else {}, rest, value) if rest else value}


def without(record: Mapping[str, Any], path: str) -> dict[str, Any]:
    """A copy without the field at a path, through lists where it has them."""
    name, _, rest = path.partition(".")
    key = name.removesuffix("[]")
    if key not in record:
        return dict(record)
    inner = record[key]
    if not rest:
        return {each: value for each, value in record.items() if each != key}
    if name.endswith("[]") and isinstance(inner, list):
        return {**record, key: [without(each, rest) if isinstance(each, Mapping) else each for each in inner]}
    return {**record, key: without(inner, rest)} if isinstance(inner, Mapping) else dict(record)
