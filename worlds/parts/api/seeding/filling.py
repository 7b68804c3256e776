"""What one value may look at while it is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from worlds.parts.api.seeding.draws import Luck
from worlds.parts.sql.believable import Draw


@dataclass(slots=True)
class Filling:
    """What one value may look at while it is made; never changed (a frozen class would take thrice as long to make)."""

    luck: Luck
    now_ns: int
    born_ns: int
    """When the resource came to be."""
    number: int
    attempt: int
    row: Mapping[str, Any]
    """The fields that are filled already."""
    title: str

    def draw(self) -> Draw:
        """The same for the makers of words."""
        return Draw(self.luck.unit, self.now_ns, self.number, self.attempt, self.row, self.title)

    def within(self, name: str, row: Mapping[str, Any], title: str) -> "Filling":
        """For something inside the value."""
        return Filling(self.luck.part(name), self.now_ns, self.born_ns, self.number, self.attempt, row, title)


Make = Callable[[Filling], Any]
"""What makes one value."""
