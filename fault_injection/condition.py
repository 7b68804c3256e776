"""Conditions on a call's arguments: a path into them, and what must hold there.

A path is `name`, `name.inner`, `items[0].id` or `items[*].id`; a leading `$.` may stand before it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, Self

from pydantic import Field, model_validator

from worlds.part import Settings

_STEP: Final = re.compile(r"\.?([^.\[\]]+)|\[(\*|[0-9]+)\]")
_MATCHED_LETTERS_MAX: Final = 10_000
Steps = tuple[str | int, ...]
ANY: Final = "*"


class Condition(Settings):
    """What must hold for at least one value at a path; every key that is given must hold."""

    equals: Any = Field(None, description="The value itself.")
    one_of: list[Any] | None = Field(None, description="One of these values.", min_length=1, max_length=1_000)
    matches: str | None = Field(None, description="A regular expression that is found in the text.", max_length=1_000)
    at_least: float | None = Field(None, description="A number that is not smaller.")
    at_most: float | None = Field(None, description="A number that is not larger.")
    exists: bool | None = Field(None, description="Whether there is anything at all at the path.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("give one of: equals, one_of, matches, at_least, at_most, exists")
        if self.matches is not None:
            _pattern(self.matches)
        return self

    def holds(self, arguments: Any, path: str) -> bool:
        """Whether some value at the path is as wanted."""
        found = list(values_at(arguments, steps_of(path)))
        if self.exists is False:
            return not found
        return any(self._fits(value) for value in found)

    def _fits(self, value: Any) -> bool:
        if "equals" in self.model_fields_set and not _same(value, self.equals):
            return False
        if self.one_of is not None and not any(_same(value, each) for each in self.one_of):
            return False
        if self.matches is not None and not _found(self.matches, value):
            return False
        if self.at_least is not None and not (_is_number(value) and value >= self.at_least):
            return False
        return self.at_most is None or (_is_number(value) and value <= self.at_most)


@lru_cache(maxsize=512)
def steps_of(path: str) -> Steps:
    """The steps of a path. Raises ValueError."""
    rest = path.removeprefix("$").removeprefix(".")
    steps: list[str | int] = []
    at = 0
    while at < len(rest):
        found = _STEP.match(rest, at)
        if found is None:
            raise ValueError(f"{path!r} is no path; write it like query, items[0].id or items[*].id")
        name, index = found.groups()
        steps.append(name if name is not None else index if index == ANY else int(index))
        at = found.end()
    if not steps:
        raise ValueError("a path needs at least one name")
    return tuple(steps)


def values_at(value: Any, steps: Steps) -> Iterator[Any]:
    """All values that a path leads to."""
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if isinstance(value, dict):
        if step in value:
            yield from values_at(value[step], rest)
    elif isinstance(value, list):
        if step == ANY:
            for item in value:
                yield from values_at(item, rest)
        elif isinstance(step, int) and step < len(value):
            yield from values_at(value[step], rest)


def _pattern(text: str) -> Any:
    from fault_injection.pattern import pattern  # loads what only such rules need

    return pattern(text)


def _found(pattern: str, value: Any) -> bool:
    return isinstance(value, str) and bool(_pattern(pattern).is_valid(value[:_MATCHED_LETTERS_MAX]))


def _same(left: Any, right: Any) -> bool:
    """Equality as JSON has it: true is not 1."""
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
