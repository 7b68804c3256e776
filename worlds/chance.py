"""Chance drawn by key: each draw is a pure function of seed, stream, identity and draw name.

Nothing here has a running state, so one more call, rule or parallel branch moves no other decision.
The 64-bit digest's top 53 bits make the unit draw, so every platform gives the same float.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from msgspec import Struct

from worlds.digest import canonical

_PERSON: Final = b"soundstage.draw1"


class Identity(Struct, frozen=True, gc=False):
    """Which call asks: canonical tool ("server.tool"), identity arguments in canonical JSON, and attempt (from 1)."""

    tool: str
    arguments: bytes = b"{}"
    attempt: int = 1


NOBODY: Final = Identity("")
"""The identity of draws that belong to no call, such as seeded data."""


@dataclass(frozen=True, slots=True)
class Chance:
    """A source of draws for one seed."""

    seed: int

    def raw(self, stream: str, identity: Identity, name: str, *, size: int = 8) -> bytes:
        """`size` bytes (1 to 64) for one named draw."""
        key = canonical([self.seed, stream, identity.tool, identity.attempt, name])
        return blake2b(key + b"\0" + identity.arguments, digest_size=size, person=_PERSON).digest()

    def unit(self, stream: str, identity: Identity, name: str) -> float:
        """A float in [0, 1). A rule with probability p fires when the draw is below p."""
        return (int.from_bytes(self.raw(stream, identity, name), "big") >> 11) * 2.0**-53

    def below(self, bound: int, stream: str, identity: Identity, name: str) -> int:
        """An integer in [0, bound), without bias to speak of: 128 bits modulo the bound."""
        return int.from_bytes(self.raw(stream, identity, name, size=16), "big") % bound

    def hex(self, digits: int, stream: str, identity: Identity, name: str) -> str:
        """`digits` hexadecimal digits (at most 128), for ids and temporary names."""
        return self.raw(stream, identity, name, size=(digits + 1) // 2).hex()[:digits]

    def derive(self, *names: str | int) -> "Chance":
        """A source of its own for a sub-task, e.g. one trial or one table."""
        return Chance(
            int.from_bytes(blake2b(canonical([self.seed, *names]), digest_size=8, person=_PERSON).digest(), "big")
        )
