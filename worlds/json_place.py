"""Places in JSON values, as people write them: `totals.web`, `rows[0].id`, `$` for all."""

import re
from collections.abc import Mapping
from typing import Any, Final

_STEP: Final = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")
MISSING: Final = object()
"""What is found where there is nothing."""


def steps_of(place: str) -> list[str | int]:
    """The keys and indexes of a place. Raises ValueError for one that cannot be read."""
    rest = place.removeprefix("$")
    found = list(_STEP.finditer(rest))
    if "".join(match.group() for match in found) != rest:
        raise ValueError(f"{place!r} is no place in JSON; write it like totals.web or rows[0].id")
    return [match.group(1) if match.group(1) is not None else int(match.group(2)) for match in found]


def value_at(value: Any, place: str) -> Any:
    """What a value holds at a place; MISSING where it holds nothing there."""
    for step in steps_of(place):
        value = _child(value, step)
        if value is MISSING:
            break
    return value


def _child(value: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and step < len(value) else MISSING
    return value.get(step, MISSING) if isinstance(value, Mapping) else MISSING
