"""A world: a clock, an agenda, a source of chance, named parts and companions."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Final

import immutables

from worlds.agenda import Agenda, Event, Wish
from worlds.blobs import Blobs
from worlds.chance import Chance, Identity
from worlds.changes import Actor, Change
from worlds.clock import Clock, ClockState
from worlds.companion import Companion
from worlds.digest import content_hash, value_hash
from worlds.errors import ArchiveError, NotForkable, WorldError
from worlds.part import Bound, Moment, Part, ordered, part_kinds

Attempts = immutables.Map[str, int]
Missed = Callable[[Event, WorldError], None]
_SPELLED_MAX: Final = 60
"""Bytes up to which arguments stand in a key as they are; a hash is longer, so that the two cannot be confused."""
_KEPT_MAX: Final = 4_096
"""Bytes up to which arguments stand in a call's identity as they are: whoever draws a chance hashes them anew."""


class World:
    """All that exists in one episode. Forks cost O(parts); only `effect` changes anything."""

    __slots__ = ("agenda", "attempts", "chance", "clock", "companions", "kinds", "name", "parts")

    def __init__(
        self,
        name: str,
        parts: Mapping[str, Part],
        *,
        clock: Clock,
        chance: Chance,
        kinds: Mapping[str, str] | None = None,
        agenda: Agenda | None = None,
        companions: Mapping[str, Companion] | None = None,
        attempts: Attempts | None = None,
    ) -> None:
        self.name = name
        self.parts = dict(parts)
        self.kinds: Mapping[str, str] = dict(kinds or {name: part.kind for name, part in parts.items()})
        self.clock = clock
        self.chance = chance
        self.agenda = agenda or Agenda()
        self.companions = dict(companions or {})
        self.attempts = attempts if attempts is not None else immutables.Map()

    def fork(self, like: "World | None" = None) -> "World":
        """An independent world in the same state; both stay usable.

        `like` is an older fork that nobody changes, and neither will this one be: parts to which nothing happened
        since are then shared with it, and where that is true of all parts, so is `parts` itself.
        """
        if like is not None and self.is_steady(like):
            return self.still(like)
        twin = self.without_parts()
        twin.parts = self._forked_parts(like.parts if like else {})
        return twin

    def still(self, like: "World") -> "World":
        """A fork of a world that is known to be steady since `like`, for looking at only."""
        twin = self._without_state()
        twin.companions = self._forked_companions(like.companions)
        twin.parts = like.parts
        return twin

    def without_parts(self) -> "World":
        """An independent copy of everything but the parts."""
        twin = self._without_state()
        twin.companions = {name: companion.fork() for name, companion in self.companions.items()}
        twin.parts = {}
        return twin

    def _forked_companions(self, like: dict[str, Companion]) -> dict[str, Companion]:
        """Forks of the companions; the older ones themselves where forking gives the same objects again."""
        for name, companion in self.companions.items():
            if companion.fork() is not like.get(name):
                return {name: companion.fork() for name, companion in self.companions.items()}
        return like if len(like) == len(self.companions) else dict(self.companions)

    def _without_state(self) -> "World":
        """A copy that still lacks parts and companions."""
        twin = World.__new__(World)
        twin.name = self.name
        twin.kinds = self.kinds
        twin.clock = self.clock.fork()
        twin.chance = self.chance
        twin.agenda = self.agenda
        twin.attempts = self.attempts
        return twin

    def adopt(self, other: "World") -> None:
        """Become an independent copy of `other` (same parts) while this object and its parts keep their identity."""
        for name, part in self.parts.items():
            part.adopt(other.parts[name])
        self.clock.restore(other.clock.state())
        self.chance = other.chance
        self.agenda = other.agenda
        self.companions = {name: companion.fork() for name, companion in other.companions.items()}
        self.attempts = other.attempts

    @contextmanager
    def effect(self, actor: Actor, before: "World | None" = None) -> Iterator[list[Change]]:
        """Change the world atomically: first what is due, then the body; an exception undoes the body's part of it.

        Yields a list that holds the step's changes, attributed, once the block has ended. `before` is a fork of the
        present state when the caller has one already.
        """
        changes = self.run_due()
        saved = self.fork() if changes or before is None else before
        try:
            yield changes
        except BaseException:
            self.undo(saved)
            raise
        changes += self.settle(actor)

    def run_due(self, missed: Missed | None = None) -> list[Change]:
        """Perform the events that are due, each at its own time and in its actor's name.

        An event that cannot happen leaves nothing behind: `missed` is told of it and the next one has its turn.
        Raises WorldError where nobody is to be told.
        """
        changes: list[Change] = []
        if not self.agenda.events:
            return changes
        now_ns = self.clock.now_ns
        while event := self.agenda.due(now_ns):
            self.agenda = self.agenda.done()
            try:
                changes += self._perform(event)
            except WorldError as error:
                if missed is None:
                    raise
                missed(event, error)
            finally:
                self.clock.hold_at(now_ns)
        return changes

    def _perform(self, event: Event) -> list[Change]:
        """One event, whole or not at all."""
        saved = self.fork()
        self.clock.hold_at(event.due_ns)
        moment = Moment(event.due_ns, event.actor, self.chance.derive("agenda", event.number))
        try:
            if event.part not in self.parts:
                raise WorldError(f"there is no part {event.part!r}", hint=f"one of: {', '.join(self.parts)}")
            self.parts[event.part].perform(event.operation, event.arguments, moment)
            self.schedule(moment.later, event.part)
            return self.settle(event.actor)
        except BaseException:
            self.undo(saved)
            raise

    def schedule(self, wishes: Iterable[Wish], part: str) -> list[Wish]:
        """Put on the agenda what a part wished for, of a part by name or by kind; returns the wishes that concern
        parts which do not exist."""
        unheard: list[Wish] = []
        for wish in wishes:
            asked = self._meant(wish.part or part)
            if asked is None:
                unheard.append(wish)
                continue
            self.agenda = self.agenda.schedule(wish.due_ns, asked, wish.operation, wish.arguments, wish.actor)
        return unheard

    def _meant(self, name: str) -> str | None:
        """The part of that name, or the first of that kind."""
        if name in self.parts:
            return name
        return next((each for each, part in self.parts.items() if part.kind == name), None)

    def settle(self, actor: Actor) -> list[Change]:
        """Settle every part and return the changes with full paths."""
        return [full(name, change) for name, part in self.parts.items() for change in part.settle(actor)]

    def attempt(self, tool: str, arguments: bytes) -> Identity:
        """Count one more call with this canonical tool and these identity arguments, and give its identity."""
        if len(arguments) > _KEPT_MAX:
            arguments = content_hash(arguments).hex().encode()
        short = len(arguments) <= _SPELLED_MAX
        key = f"{tool}\0{arguments.decode() if short else content_hash(arguments).hex()}"
        number = self.attempts.get(key, 0) + 1
        self.attempts = self.attempts.set(key, number)
        return Identity(tool, arguments, number)

    def content_digest(self) -> bytes:
        """32 bytes over the content of all parts: equal for worlds that hold the same things."""
        return content_hash(b"".join(_named(name, part.digest()) for name, part in sorted(self.parts.items())))

    def state_digest(self) -> bytes:
        """32 bytes over everything that can influence the next step, the clock's reading included."""
        marks = b"".join(_named(name, part.marks_digest()) for name, part in sorted(self.parts.items()))
        companions = b"".join(_named(name, c.digest()) for name, c in sorted(self.companions.items()))
        rest = [asdict(self.clock.state()), self.chance.seed, dict(self.attempts)]
        return content_hash(self.content_digest() + marks + companions + self.agenda.digest() + value_hash(rest))

    def diff(self, older: "World") -> list[Change]:
        """Net changes from `older` to this world, in path order, with the actors of each."""
        changes = (
            full(name, change)
            for name, part in self.parts.items()
            if part.digest() != older.parts[name].digest()
            for change in part.diff(older.parts[name])
        )
        return ordered(changes)

    def dump(self, blobs: Blobs) -> dict[str, Any]:
        """A JSON-like manifest whose bytes lie in `blobs`; it carries both digests."""
        return {
            "name": self.name,
            "kinds": dict(self.kinds),
            "clock": asdict(self.clock.state()),
            "seed": self.chance.seed,
            "agenda": self.agenda.dump(),
            "attempts": dict(sorted(self.attempts.items())),
            "companions": {name: dict(c.dump()) for name, c in sorted(self.companions.items())},
            "parts": {name: part.dump(blobs) for name, part in sorted(self.parts.items())},
            "content_digest": self.content_digest().hex(),
            "state_digest": self.state_digest().hex(),
        }

    @classmethod
    def load(
        cls, manifest: Mapping[str, Any], blobs: Blobs, companions: Mapping[str, Companion] | None = None
    ) -> "World":
        """The world that `dump` described, verified. `companions` are the registered objects whose state to load.

        Raises ArchiveError when anything is missing or the loaded world's digests are not the recorded ones.
        """
        kinds: Mapping[str, str] = manifest["kinds"]
        parts = {name: part_kinds.get(kinds[name]).load(part, blobs) for name, part in manifest["parts"].items()}
        return cls.assembled(manifest, parts, companions)

    @classmethod
    def assembled(
        cls, manifest: Mapping[str, Any], parts: Mapping[str, Part], companions: Mapping[str, Companion] | None = None
    ) -> "World":
        """The world that `dump` described, of parts that are loaded already. Raises ArchiveError as `load` does."""
        world = cls(
            manifest["name"],
            parts,
            clock=Clock(ClockState(**manifest["clock"])),
            chance=Chance(manifest["seed"]),
            kinds=manifest["kinds"],
            agenda=Agenda.load(manifest["agenda"]),
            companions={
                name: companion.load(manifest["companions"][name]) if name in manifest["companions"] else companion
                for name, companion in (companions or {}).items()
            },
            attempts=immutables.Map(manifest["attempts"]),
        )
        if world.content_digest().hex() != manifest["content_digest"]:
            raise ArchiveError("the loaded world does not have the recorded digest", hint="the archive is damaged")
        return world

    def close(self) -> None:
        """Give back what the parts hold."""
        for part in self.parts.values():
            part.close()

    def demand_free(self) -> None:
        """Raise NotForkable, with the reason, where a part's state cannot be copied or put back."""
        for name, part in self.parts.items():
            if isinstance(part, Bound):
                raise NotForkable(
                    f"{name}: {part.bound}", hint="it can be neither forked nor put back nor played again"
                )

    def is_steady(self, older: "World") -> bool:
        """Whether nothing at all happened to any part since an older fork, as far as parts can tell at once."""
        parts = older.parts
        for name, part in self.parts.items():  # noqa: SIM110 - a generator would double the cost of every call
            if not part.same(parts[name]):
                return False
        return True

    def _forked_parts(self, like: dict[str, Part]) -> dict[str, Part]:
        return {
            name: like[name] if name in like and part.same(like[name]) else part.fork()
            for name, part in self.parts.items()
        }

    def undo(self, saved: "World") -> None:
        """Swap the state of `saved` back in; time, counted attempts and companions that say that they are `lasting`
        stay as they are, as they do in life."""
        for name, part in self.parts.items():
            part.adopt(saved.parts[name])
        self.agenda = saved.agenda
        own = self.companions
        self.companions = {name: companion.fork() for name, companion in saved.companions.items()}
        self.companions |= {name: each for name, each in own.items() if getattr(each, "lasting", False)}


def full(part: str, change: Change) -> Change:
    """The change with its part's name in front: `files:/path` for paths, `shop.orders[7]` for everything else."""
    joint = ":" if change.path.startswith("/") else "."
    return Change(f"{part}{joint}{change.path}", change.kind, change.before, change.after, change.actors)


def _named(name: str, digest: bytes) -> bytes:
    return len(name).to_bytes(4, "little") + name.encode() + digest
