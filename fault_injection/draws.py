"""Named draws of one rule for one call: pure functions of seed, rule, call identity and the draw's name."""

from dataclasses import dataclass
from typing import Final

from fault_injection.exact import normal_quantile
from worlds.chance import Chance, Identity

_EDGE: Final = 2.0**-54


@dataclass(frozen=True, slots=True)
class Draws:
    """A source of draws; the same name always gives the same draw."""

    chance: Chance
    stream: str
    """The rule's full name."""
    identity: Identity

    def unit(self, name: str) -> float:
        """A float in [0, 1)."""
        return self.chance.unit(self.stream, self.identity, name)

    def below(self, bound: int, name: str) -> int:
        """An integer in [0, bound)."""
        return self.chance.below(bound, self.stream, self.identity, name)

    def hex(self, digits: int, name: str) -> str:
        """Hexadecimal digits, e.g. for a request id."""
        return self.chance.hex(digits, self.stream, self.identity, name)

    def normal(self, name: str) -> float:
        """A standard normal variate from one uniform, through the inverse distribution function."""
        return normal_quantile(min(max(self.unit(name), _EDGE), 1 - 2 * _EDGE))
