"""One state of a store: immutable, shared by forks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import immutables

from worlds.records.shelf import Shelf
from worlds.records.table import Record, is_alike

Name: TypeAlias = tuple[str, str]
"""A table and a key."""
Touched: TypeAlias = dict[Name, None]
"""What was touched, in the order of the first touch."""
SEPARATOR: Final = "\0"


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """All tables and counters."""

    shelves: "immutables.Map[str, Shelf]"
    counters: "immutables.Map[str, int]"

    @classmethod
    def of(cls, shelves: Mapping[str, Shelf], counters: Mapping[str, int] | None = None) -> "State":
        """A state with these tables and counters."""
        return cls(immutables.Map(shelves), immutables.Map(counters or {}))

    def with_shelf(self, shelf: Shelf) -> "State":
        """The state with another version of one table."""
        return State(self.shelves.set(shelf.table.name, shelf), self.counters)

    def with_counter(self, counter: str, number: int) -> "State":
        """The state with a counter at another number."""
        return State(self.shelves, self.counters.set(counter, number))

    def record(self, name: Name) -> Record | None:
        """The record of that name."""
        return self.shelves[name[0]].rows.get(name[1])

    def number(self, name: Name) -> int | None:
        """The number under which it was created, also when it is gone."""
        return self.shelves[name[0]].numbers.get(name[1])

    def is_hidden(self, table: str) -> bool:
        """Whether a table is bookkeeping."""
        return self.shelves[table].table.hidden

    def names(self) -> Iterator[Name]:
        """Every record's name."""
        return ((table, key) for table, shelf in self.shelves.items() for key in shelf.rows)

    def figures(self) -> dict[str, Any]:
        """The numbers that come next."""
        following = {table: shelf.next_number for table, shelf in sorted(self.shelves.items())}
        return {"next": following, "counters": dict(sorted(self.counters.items()))}


def named(name: Name) -> str:
    """A name as one text."""
    return f"{name[0]}{SEPARATOR}{name[1]}"


def differs(name: Name, before: State, after: State) -> bool:
    """Whether a name means something else, or stands at another place, in one state than in another."""
    return before.number(name) != after.number(name) or not is_alike(before.record(name), after.record(name))
