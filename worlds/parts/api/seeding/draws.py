"""Quick draws for many resources: one keyed draw for each resource, mixed with the place of each field.

The mixing is splitmix64's finaliser (Steele, Lea, Flood 2014), a bijection on 64 bits; so a field's value does not
depend on which other fields there are, and a hundred thousand resources take seconds.
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Final

_MASK: Final = (1 << 64) - 1
_SHARE: Final = 2.0**-53


@lru_cache(50_000)
def salt_of(text: str) -> int:
    """64 bits for a name."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def mixed(seed: int, salt: int) -> int:
    """64 bits from a resource's draw and the salt of a place."""
    x = (seed ^ salt) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


@dataclass(slots=True)
class Luck:
    """The draws of one resource, or of one element of a list in it; never changed."""

    seed: int

    def unit(self, name: str) -> float:
        """A float in [0, 1) for one named draw."""
        return (mixed(self.seed, salt_of(name)) >> 11) * _SHARE

    def below(self, bound: int, name: str) -> int:
        """An integer in [0, bound), without bias to speak of for bounds far below 2**64."""
        return mixed(self.seed, salt_of(name)) % bound

    def part(self, name: str) -> "Luck":
        """Draws of their own for something within."""
        return Luck(mixed(self.seed, salt_of(name)))

    def letters(self, count: int, alphabet: str, name: str) -> str:
        """That many characters of an alphabet."""
        found: list[str] = []
        size = len(alphabet)
        for block in range(0, count, 8):
            number = mixed(self.seed, salt_of(f"{name}.{block}"))
            for _ in range(min(8, count - block)):
                number, at = divmod(number, size)
                found.append(alphabet[at])
        return "".join(found)
