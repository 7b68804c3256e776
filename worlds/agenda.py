"""Events scheduled on the world's clock: data that forks, digests and restores with the world, never closures."""

from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from worlds.changes import Actor
from worlds.digest import value_hash


@dataclass(frozen=True, order=True, slots=True)
class Event:
    """Something that happens at a time: an operation of one part, performed by an actor."""

    due_ns: int
    number: int
    part: str = field(compare=False)
    operation: str = field(compare=False)
    arguments: Mapping[str, Any] = field(compare=False)
    actor: Actor = field(compare=False, default="agenda")

    def to_json(self) -> dict[str, Any]:
        """The form that snapshots, ledgers and the admin API show."""
        return {
            "due_ns": self.due_ns,
            "number": self.number,
            "part": self.part,
            "operation": self.operation,
            "arguments": dict(self.arguments),
            "actor": self.actor,
        }


@dataclass(frozen=True, slots=True)
class Wish:
    """Something that a part wants to happen later; whoever performed the part's operation schedules it."""

    due_ns: int
    part: str
    """The part that it is asked of, by name or else by kind; "" for the one that wishes."""
    operation: str
    arguments: Mapping[str, Any]
    actor: Actor = "agenda"


@dataclass(frozen=True, slots=True)
class Agenda:
    """The events to come, in (due, number) order. Immutable: scheduling returns another agenda."""

    events: tuple[Event, ...] = ()
    next_number: int = 1

    def schedule(
        self, due_ns: int, part: str, operation: str, arguments: Mapping[str, Any], actor: Actor = "agenda"
    ) -> "Agenda":
        """An agenda with one more event, after all others that are due at the same time."""
        events = list(self.events)
        insort(events, Event(due_ns, self.next_number, part, operation, arguments, actor))
        return Agenda(tuple(events), self.next_number + 1)

    def due(self, now_ns: int) -> Event | None:
        """The first event that is due by now."""
        return self.events[0] if self.events and self.events[0].due_ns <= now_ns else None

    def done(self) -> "Agenda":
        """An agenda without its first event."""
        return Agenda(self.events[1:], self.next_number)

    def digest(self) -> bytes:
        """32 bytes over all that is still to come."""
        return value_hash(self.dump())

    def dump(self) -> dict[str, Any]:
        """The agenda as a JSON-like value."""
        return {"next_number": self.next_number, "events": [event.to_json() for event in self.events]}

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> "Agenda":
        """The agenda that `dump` described."""
        events: Iterable[Mapping[str, Any]] = state["events"]
        return cls(tuple(Event(**event) for event in events), state["next_number"])
