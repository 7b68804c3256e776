"""Chance of one turn of one person: keyed by user seed, conversation, turn and the name of the draw."""

from dataclasses import dataclass
from typing import Final

from worlds.chance import Chance, Identity

_STREAM: Final = "person"


@dataclass(frozen=True, slots=True)
class TurnDraw:
    """The draws of one turn; adding one moves no other."""

    seed: int
    server: str
    turn: int

    def unit(self, name: str) -> float:
        """A number in [0, 1)."""
        return Chance(self.seed).unit(_STREAM, self._who, name)

    def below(self, bound: int, name: str) -> int:
        """A whole number in [0, bound)."""
        return Chance(self.seed).below(bound, _STREAM, self._who, name)

    @property
    def _who(self) -> Identity:
        return Identity(self.server, b"{}", self.turn + 1)
