"""What the rules of an episode remember: whole numbers by name, a companion of its world."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import immutables

from worlds.digest import value_hash

NAME: Final = "faults"
"""The companion's name in a world."""


class Counters:
    """An immutable set of named whole numbers; absent ones are 0."""

    __slots__ = ("values",)

    lasting: ClassVar[bool] = True
    """An effect that is undone does not unmake the call that asked for it."""

    def __init__(self, values: "immutables.Map[str, int] | None" = None) -> None:
        self.values: immutables.Map[str, int] = values if values is not None else immutables.Map()

    def fork(self) -> "Counters":
        """Itself: nothing here ever changes."""
        return self

    def digest(self) -> bytes:
        """32 bytes over all numbers."""
        return value_hash(dict(self.values))

    def dump(self) -> Mapping[str, Any]:
        """The numbers by name."""
        return dict(sorted(self.values.items()))

    def load(self, state: Mapping[str, Any]) -> "Counters":
        """Counters with dumped numbers."""
        return Counters(immutables.Map(state))

    def draft(self) -> "Draft":
        """A copy to count in."""
        return Draft(self)


class Draft:
    """Counters in the making: what one decision reads and writes."""

    __slots__ = ("_before", "_values", "touched")

    def __init__(self, before: Counters) -> None:
        self._before = before
        self._values = before.values.mutate()
        self.touched = False

    def get(self, name: str) -> int:
        """A number, 0 where nobody counted."""
        found: int = self._values.get(name, 0)
        return found

    def put(self, name: str, value: int) -> None:
        """Set a number; 0 forgets it."""
        self.touched = True
        if value:
            self._values[name] = value
        else:
            self._values.pop(name, None)

    def add(self, name: str, by: int = 1) -> int:
        """Count on; returns the new number."""
        value = self.get(name) + by
        self.put(name, value)
        return value

    def kept(self) -> Counters:
        """The counters as they are now."""
        return Counters(self._values.finish()) if self.touched else self._before
