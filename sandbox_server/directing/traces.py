"""What leads from each state of an episode to the next one that matters, with the bytes that nobody else has yet."""

from base64 import b64encode
from collections.abc import Collection
from typing import Any

from sandbox_server.ledger import Entry
from worlds.delta import delta_of
from worlds.digest import content_hash
from worlds.errors import ArchiveError
from worlds.world import World


class NewBlobs:
    """Blobs of which only those are kept that were not told of before."""

    def __init__(self, told: Collection[str]) -> None:
        self.items: dict[str, bytes] = {}
        self._told = told

    def put(self, data: bytes) -> str:
        """Keep some bytes, unless they were told of; returns their address."""
        address = content_hash(data).hex()
        if address not in self._told:
            self.items[address] = data
        return address

    def get(self, address: str) -> bytes:
        """The bytes at an address. Raises ArchiveError."""
        try:
            return self.items[address]
        except KeyError:
            raise ArchiveError(f"no content with the hash {address}") from None


class Traces:
    """The states of one episode as a chain: each is told as the difference to the one told before it."""

    def __init__(self, first: World, told: Collection[str]) -> None:
        """`told` are the addresses of bytes that whoever follows has already."""
        self._last = first
        self._told = set(told)

    def after(self, world: World, *, always: bool = False) -> dict[str, Any] | None:
        """The next state of the chain; None where it is the one before, unless it is `always` told."""
        if not always and world.parts is self._last.parts and world.companions is self._last.companions:
            return None
        found = self.beside(world)
        self._last = world
        return found

    def beside(self, world: World) -> dict[str, Any]:
        """A state as the difference to the last one of the chain, which stays the last."""
        blobs = NewBlobs(self._told)
        delta = delta_of(world, self._last, blobs)
        self._told.update(blobs.items)
        return {"delta": delta, "blobs": {at: b64encode(data).decode() for at, data in blobs.items.items()}}

    def differs(self, world: World) -> bool:
        """Whether a state holds other things than the last one of the chain."""
        return world.content_digest() != self._last.content_digest()


def entry_to_wire(entry: Entry) -> dict[str, Any]:
    """An entry with all that it holds, nothing masked: only an episode's director is told."""
    return {
        "number": entry.number, "kind": entry.kind, "actor": entry.actor, "server": entry.server, "tool": entry.tool,
        "arguments": entry.arguments, "arrival": entry.arrival, "effect": entry.effect,
        "told": entry.told.to_json() if entry.told else None, "truth": entry.truth, "truth_note": entry.truth_note,
        "true_reply": entry.true_reply.to_json() if entry.true_reply else None, "rules": list(entry.rules),
        "changes": [change.to_json() for change in entry.changes], "digest_before": entry.digest_before.hex(),
        "digest_after": entry.digest_after.hex(), "arrived_ns": entry.arrived_ns, "told_ns": entry.told_ns,
        "real_ns": entry.real_ns, "version": entry.version, "delivered": entry.delivered, "notes": entry.notes,
    }  # fmt: skip
