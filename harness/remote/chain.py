"""The states of a shadowed episode, kept as a recorder here keeps them: each told from the one before it."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from worlds.blobs import Blobs, MemoryBlobs
from worlds.companion import Companion
from worlds.delta import Delta
from worlds.digest import canonical

Told = Mapping[str, Any]
"""What a stage tells of a state: a `delta` and new `blobs`."""


class Layered:
    """Blobs over others that are only read."""

    def __init__(self, beneath: Blobs) -> None:
        self._own = MemoryBlobs()
        self._beneath = beneath

    def put(self, data: bytes) -> str:
        """Keep some bytes and return their address."""
        return self._own.put(data)

    def get(self, address: str) -> bytes:
        """The bytes at an address. Raises ArchiveError."""
        return self._own.items[address] if address in self._own.items else self._beneath.get(address)


class Memories:
    """What people remember, by the effect of the words after which they do: it never leaves this process."""

    def __init__(self, first: Mapping[str, Companion]) -> None:
        self._kept: list[tuple[int, str, Companion]] = [(0, name, each) for name, each in first.items()]

    def keep(self, effect: int, name: str, memory: Companion) -> None:
        """Keep what somebody remembers after an effect."""
        self._kept.append((effect, name, memory))

    def at(self, effect: int | None) -> dict[str, Companion]:
        """What was remembered after an effect, or is now."""
        return {name: each for known, name, each in self._kept if effect is None or known <= effect}


class Chain:
    """Takes in what a stage tells of states."""

    def __init__(self, blobs: Blobs, address: str, memories: Memories) -> None:
        """`address` is that of the first state among the blobs."""
        self.address = address
        """Where the newest state is kept."""
        self.memories = memories
        self._blobs = blobs
        self._last = memories.at(0)

    def after(self, told: Told, effect: int | None) -> str:
        """Keep the next state, after an effect; returns its address."""
        delta = self.beside(told, effect)
        self.address = self._blobs.put(canonical({"from": self.address, **delta}))
        self._last = self.memories.at(effect)
        return self.address

    def beside(self, told: Told, effect: int | None = None) -> Delta:
        """What leads from the newest state to one that is only looked at."""
        for data in told["blobs"].values():
            self._blobs.put(b64decode(data))
        delta = dict(told["delta"])
        now = self.memories.at(effect)
        changed = {name: dict(each.dump()) for name, each in now.items() if each is not self._last.get(name)}
        return {**delta, "companions": {**delta.get("companions", {}), **changed}} if changed else delta
