"""An episode here that follows one on a stage elsewhere: the same states, the same ledger, and no call is run again."""

from collections.abc import Mapping
from typing import Any

from harness.recording.states import States
from harness.recording.unrolled import Unrolled
from harness.remote.chain import Chain, Layered, Memories, Told
from harness.remote.sent import Sent, private_companions
from harness.remote.wire import entry_of
from sandbox_server.episode import Episode
from sandbox_server.history import History
from sandbox_server.turns import MEMORY, SAYS, Words
from worlds.blobs import Blobs
from worlds.world import World

SAID_AS = "said_as"
"""The note by which words that were sent are found again."""


class Shadow(Episode):
    """Steps are applied as the stage tells them; worlds are put together when somebody looks at them."""

    def __init__(self, id: str, sent: Sent, states: States | None) -> None:
        """Raises OSError where states cannot be kept."""
        prepared = sent.prepared
        blobs: Blobs = states.blobs if states is not None else Layered(sent.blobs)
        self.base = states.base(prepared.world) if states is not None else sent.address
        self.unrolled = Unrolled(blobs, prepared.world.companions)
        self.unrolled.know(self.base, sent.manifest, sent.parts)
        own = prepared.world.companions
        memories = Memories({name: own[name] for name in private_companions(prepared)})
        self.chain = Chain(blobs, self.base, memories)
        self.past_states = Past(self.unrolled, self.base)
        super().__init__(id, prepared.presentation, self.unrolled.world(self.base), history=self.past_states)
        self.fresh: str | None = None
        """Where the state after the entry is kept that is being written, if there is a new one."""
        self._states = states
        self._words: dict[str, Words] = {}

    def take(self, told: Mapping[str, Any], state: Told | None) -> None:
        """Take in an entry of the ledger and the state after it. Raises OSError where they cannot be recorded."""
        entry = entry_of(told)
        if entry.tool == SAYS:
            self._remember(entry.notes, entry.effect)
        self.fresh = self.chain.after(state, entry.effect or None) if state is not None else None
        if self._states is not None and state is not None:
            self._states.blobs.flush()
        if entry.effect:
            self.past_states.note(entry.effect, self.chain.address, entry.told_ns)
            self.step = max(self.step, entry.effect)
        if entry.effect == self.step:  # a call that waited for words is told after them, and its effect came before
            self.digest = entry.digest_after
        self.ledger.write(entry)

    def expect(self, reference: str, words: Words) -> None:
        """Remember words that are being sent, with what only this process knows of them."""
        self._words[reference] = words

    def look(self, told: Told | None = None) -> World:
        """Have the present state: the newest one, or what the stage tells beside it."""
        delta = None if told is None else self.chain.beside(told)
        world = self.unrolled.world(self.chain.address, delta)
        self.world = self.parked = world
        return world

    def keep_final(self, told: Told) -> str:
        """Keep the last state; returns where."""
        return self.chain.after(told, None)

    def _remember(self, notes: dict[str, Any], effect: int) -> None:
        """Put what is known of words only here into the notes of their entry, as if they had been said here."""
        words = self._words.pop(notes.pop(SAID_AS, ""), None)
        if words is None:
            return
        rest = dict(notes)
        notes.clear()
        notes.update(words.notes)
        if words.memory is not None:
            name, memory = words.memory
            notes[MEMORY] = {"name": name, "state": dict(memory.dump())}
            self.chain.memories.keep(effect, name, memory)
            self.world.companions = {**self.world.companions, name: memory}
        notes.update(rest)


class Past(History):
    """The states of a shadow by effect."""

    def __init__(self, unrolled: Unrolled, base: str) -> None:
        super().__init__()
        self._unrolled = unrolled
        self._addresses: dict[int, tuple[str, int]] = {0: (base, 0)}

    def keep(self, step: int, world: World) -> None:
        """Nothing: states are kept by their addresses."""

    def note(self, effect: int, address: str, told_ns: int) -> None:
        """Remember where the state after an effect is kept, and when that was."""
        self._addresses[effect] = address, told_ns

    def at(self, step: int) -> World:
        """The world after a step, or after the last one before it of which something is known."""
        known = max(effect for effect in self._addresses if effect <= step)
        address, told_ns = self._addresses[known]
        world = self._unrolled.world(address)
        if told_ns:
            world.clock.hold_at(told_ns)
        return world
