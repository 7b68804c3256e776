"""Play recorded calls again: at the recorded times, in the recorded order of effects, with what a replay is handed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from harness.recording.ordering import in_effect_order, side_by_side
from harness.recording.remembering import remembering
from harness.recording.step_log import StepLog, decoded, encoded
from harness.recording.toggling import Toggles
from harness.trajectory import Step
from sandbox_server.call import Call, Reply
from sandbox_server.directing.taking import WORKDIR, take_in
from sandbox_server.episode import Episode
from sandbox_server.errors import Ended
from sandbox_server.family import Site
from sandbox_server.faults.around import TRUTH_STEP
from sandbox_server.faults.listings import CALLED
from sandbox_server.faults.looking import UNANSWERED
from sandbox_server.hooks import Apply, Hooks, Proceed
from sandbox_server.path import ABANDONED, walk
from sandbox_server.surface import MODERN_VERSION
from sandbox_server.turns import SAYS, speak, spoken_words
from sandbox_server.web import NOTE as WEB
from sandbox_server.web import WebRequest
from worlds.clock import Mode

_FOUND_OUT: Final = (ABANDONED, "broke", "missed", "wire", "transport", CALLED, UNANSWERED, WEB, TRUTH_STEP)
"""Notes that say what came of a call; the others say what a replay cannot find out."""
_LEDGER: Final = ("rules", "truth", "true_result", "changes")
"""What the ledger tells beside answers and states."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where a replay first differs from what was recorded."""

    step: int
    """The step, from 1; 0: the start."""
    kind: str
    """`start`, `result`, `state`, `ledger` or `server`."""
    expected: str
    got: str

    def __str__(self) -> str:
        return f"step {self.step}: {self.kind}: expected {self.expected}, got {self.got}"


class Repeater:
    """Plays steps in an episode one after the other. Use as a context manager: it lends the episode its hooks."""

    def __init__(self, episode: Episode, steps: Iterable[Step], *, remembers: bool = False) -> None:
        """`steps` are those that will be played.

        `remembers`: whether what rules decided is taken from the record, as calls side by side need it.
        """
        self._episode = episode
        self._toggles = Toggles(episode, steps)
        self._step: Step | None = None
        self._remembers = remembers

    def __enter__(self) -> "Repeater":
        self._stand()
        return self

    def __exit__(self, *_: object) -> None:
        self._episode.hooks = self._others()
        if self._episode.has_faults:
            self._episode.faults.looking.handed = None

    def _others(self) -> Hooks:
        """The episode's hooks without those of this repeater."""
        hooks = self._episode.hooks
        return replace(
            hooks,
            call=tuple(hook for hook in hooks.call if hook != self._set_clock),
            state=tuple(hook for hook in hooks.state if hook != self._hand_in_notes),
        )

    def _stand(self) -> None:
        """Stand next to the effect, inside of whatever lets time pass before it."""
        hooks = self._others()
        self._episode.hooks = replace(
            hooks, call=(*hooks.call, self._set_clock), state=(self._hand_in_notes, *hooks.state)
        )
        known = self._toggles.any or self._episode.has_faults
        if self._remembers and known and self._episode.faults.engine is not None:
            self._episode.faults.engine = remembering(self._episode.faults.engine, self._rules)

    def _rules(self) -> Sequence[Any]:
        return self._step.rules if self._step else ()

    async def play(self, step: Step) -> dict[str, Any]:
        """Make a recorded call, and leave the clock where it was when the answer was given; what was told, if anything.

        What was toggled before the call is toggled again.
        """
        if self._toggles.before(step):
            self._stand()
        clock = self._episode.world.clock
        self._step = step
        if self._episode.has_faults:
            self._episode.faults.looking.handed = step.notes.get(UNANSWERED, ())
        self._set_mode("virtual")
        if step.arrived_ns is not None:
            clock.hold_at(step.arrived_ns - clock.tick_ns)
        try:
            told = await self._played(step)
        finally:
            self._step = None
        if step.told_ns is not None:
            clock.hold_at(step.told_ns)
        return told.to_json() if told else {}

    async def _played(self, step: Step) -> Reply | None:
        if step.action.tool == WORKDIR:
            return await self._take_in(step)
        return await (self._say(step) if step.action.tool == SAYS else self._call(step))

    async def _say(self, step: Step) -> Reply | None:
        """What a person said in a conversation; nobody has to find the words again."""
        words = spoken_words(step.action.arguments, step.notes, self._episode.world.companions)
        return (await speak(self._episode, step.action.server, words, step.actor)).told

    async def _take_in(self, step: Step) -> Reply:
        """What an agent had made of its working directory."""
        operations = step.action.arguments["operations"]
        entry = await take_in(self._episode, step.action.server, operations)
        assert entry.told is not None
        return entry.told

    async def _call(self, step: Step) -> Reply | None:
        episode = self._episode
        number = step.arrival or episode.arrivals + 1
        episode.arrivals = max(episode.arrivals, number)
        version = step.protocol or episode.servers[step.action.server].surface.versions[-1]
        called = step.notes.get(CALLED, {"tool": step.action.tool, "arguments": step.action.arguments})
        call = Call(
            step.action.server, called["tool"], called["arguments"], step.actor, number,
            era="modern" if version == MODERN_VERSION else "handshake", version=version,
            transport=step.notes.get("transport", "http"),
            web=WebRequest.from_json(step.notes[WEB]) if WEB in step.notes else None,
        )  # fmt: skip
        episode.waits.enter()
        episode.waits.until_ns = step.told_ns if ABANDONED in step.notes else None
        try:
            outcome = await walk(episode, call)
            return outcome.reply if outcome.entry is None else outcome.entry.told
        except Ended:
            if ABANDONED not in step.notes:
                raise
            return None
        finally:
            episode.waits.until_ns = None
            episode.waits.leave()

    def hand_over(self, mode: Mode) -> None:
        """Let time move as whoever continues needs it, from where it stands."""
        self._set_mode(mode)

    def _set_mode(self, mode: Mode) -> None:
        clock = self._episode.world.clock
        if clock.mode != mode:
            clock.restore(replace(clock.state(), mode=mode))

    async def _set_clock(self, call: Call, proceed: Proceed) -> Reply:
        if self._step is not None and self._step.effect_ns is not None:
            self._episode.world.clock.hold_at(self._step.effect_ns)
        if self._step is not None and ABANDONED in self._step.notes and not self._step.effect:
            raise Ended("it was abandoned before it had an effect")
        return await proceed(call)

    async def _hand_in_notes(self, call: Call, site: Site, apply: Apply) -> Reply:
        if self._step is not None:
            site.notes.update({key: note for key, note in self._step.notes.items() if key not in _FOUND_OUT})
        return await apply(call, site)


async def repeat(episode: Episode, log: StepLog, steps: Sequence[Step]) -> Mismatch | None:
    """Play steps in an episode whose ledger `log` listens to; the first mismatch, at which it stops."""
    with Repeater(episode, steps, remembers=side_by_side(steps)) as repeater:
        for step in in_effect_order(steps):
            if step.action.server not in episode.servers:
                return Mismatch(step.step_number, "server", step.action.server, ", ".join(episode.servers))
            await repeater.play(step)
            found = mismatch(step, log.steps[-1])
            if found is not None:
                return found
    return None


def mismatch(recorded: Step, played: Step) -> Mismatch | None:
    """How a call that was played again differs from what was recorded, in bytes or in the world that it left."""
    expected, got = encoded(recorded.result), as_recorded(played.result)
    if expected != got:
        return Mismatch(recorded.step_number, "result", *_around(expected, got))
    if recorded.effect and recorded.world_state_hash != played.world_state_hash:
        return Mismatch(recorded.step_number, "state", recorded.world_state_hash, played.world_state_hash)
    for name in _LEDGER:
        expected, got = encoded(getattr(recorded, name)), as_recorded(getattr(played, name))
        if decoded(expected) != decoded(got):
            return Mismatch(recorded.step_number, "ledger", *_around(expected, got))
    return None


def as_recorded(result: Any) -> bytes:
    """An answer in the bytes that a trajectory which was read again has for it."""
    return encoded(decoded(encoded(result)))


def _around(expected: bytes, got: bytes) -> tuple[str, str]:
    """Two answers from shortly before where they begin to differ."""
    pairs = zip(expected, got, strict=False)
    apart = next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(expected), len(got)))
    start = max(0, apart - 40)
    mine, theirs = (text[start : start + 200].decode(errors="replace").strip() for text in (expected, got))
    return mine, theirs
