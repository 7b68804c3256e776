"""Whether an agent has come to a standstill: call after call that brings nothing new.

A call brings nothing new when the same was asked before and got the same answer, and left the same state behind. So
loops of any length are seen, and those that undo what they do. Nothing counts while something is to come by itself,
where a server's state cannot be seen from here, when a fault met the call (it may let go the next time), or when the
agent had waited before it asked.
"""

from typing import Final

from sandbox_server.call import Call, Reply
from worlds.clock import SECOND
from worlds.digest import value_hash
from worlds.part import Bound
from worlds.world import World

WAIT_NS_MIN: Final = 10 * SECOND
"""An agent that lets so much of the world's time pass between an answer and its next call waits for something."""
_KEY_BYTES: Final = 16


class Standstill:
    """Counts calls in a row that bring nothing new."""

    def __init__(self, most: int) -> None:
        """`most` is how many may come in a row; 0: as many as they like."""
        self.most = most
        self.in_a_row = 0
        self._seen: set[bytes] = set()
        self._told_ns: int | None = None
        self._blind: bool | None = None

    @property
    def is_reached(self) -> bool:
        """Whether there is no sense in one more call."""
        return bool(self.most) and self.in_a_row >= self.most

    def arrived(self, world: World) -> None:
        """A call arrives: one that was waited for begins anew."""
        if self._told_ns is not None and world.clock.now_ns - self._told_ns >= WAIT_NS_MIN:
            self.in_a_row = 0

    def answered(self, call: Call, reply: Reply, world: World, state: bytes, *, hit: bool) -> None:
        """A call is answered, and the world's content then has this digest; `hit`: a fault met it."""
        if not self.most:
            return
        self._told_ns = world.clock.now_ns
        key = value_hash([call.server, call.tool, call.arguments, reply.to_json(), state.hex()])[:_KEY_BYTES]
        is_new = key not in self._seen or hit or bool(world.agenda.events) or self._is_blind(world)
        self._seen.add(key)
        self.in_a_row = 0 if is_new else self.in_a_row + 1

    def _is_blind(self, world: World) -> bool:
        """Whether a part's state cannot be seen from here."""
        if self._blind is None:
            self._blind = any(isinstance(part, Bound) for part in world.parts.values())
        return self._blind
