"""Events of a scenario: what happens in its world at a time, whatever the agent does."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import Field

from harness.staging.script import parse_wait
from worlds.agenda import Event
from worlds.clock import parse_time, show_time
from worlds.errors import UnknownName, WorldError
from worlds.part import Settings
from worlds.world import World
from worlds.worldfile import WorldPlan
from worlds.yamlfile import Document, FileProblem

_RELATIVE: Final = re.compile(r"\+\s*(.+)")
HINT: Final = "write it like +10m, or like 2026-03-02T09:10:00Z"


class EventFile(Settings):
    """Something that happens at a time."""

    at: str = Field(description="When: a length of time after the start such as `+10m`, or an ISO 8601 time.")
    server: str = Field(description="The server in whose world it happens.")
    do: str = Field(description="The operation.", min_length=1)
    with_: dict[str, Any] = Field(default_factory=dict, alias="with", description="The operation's arguments.")


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of a scenario, its time worked out."""

    due_ns: int
    server: str
    operation: str
    arguments: Mapping[str, Any]


def read_events(document: Document, entries: Sequence[EventFile], world: WorldPlan) -> list[Happening]:
    """The events of a scenario. Raises FileProblem for times before the start and unknown servers."""
    return [_happening(document, number, entry, world) for number, entry in enumerate(entries)]


def schedule(document: Document, happenings: Sequence[Happening], world: World) -> None:
    """Put the events on a world's agenda, and try them on a fork. Raises FileProblem for one that cannot happen."""
    numbers: dict[int, int] = {}
    for place, each in enumerate(happenings):
        numbers[world.agenda.next_number] = place
        world.agenda = world.agenda.schedule(each.due_ns, each.server, each.operation, each.arguments)
    if happenings:
        _try(document, world, numbers)


def caught_up(world: World) -> World:
    """The same world, after what is due by its present time has happened; what cannot happen does not."""
    world.run_due(lambda event, error: None)
    return world


def _try(document: Document, world: World, numbers: Mapping[int, int]) -> None:
    """Let all events happen on a fork, as they would if nobody did anything before."""

    def missed(event: Event, error: WorldError) -> None:
        if event.number in numbers:
            raise _impossible(document, numbers[event.number], event, error)

    trial = world.fork()
    trial.clock.advance_to(max(event.due_ns for event in world.agenda.events))
    try:
        trial.run_due(missed)
    finally:
        trial.close()


def _impossible(document: Document, number: int, event: Event, error: WorldError) -> FileProblem:
    key = "do" if isinstance(error, UnknownName) else "with"
    return document.problem(("events", number, key), f"{event.part}: {error.message}", error.hint)


def _happening(document: Document, number: int, entry: EventFile, world: WorldPlan) -> Happening:
    if entry.server not in world.servers:
        known = ", ".join(world.servers)
        place = ("events", number, "server")
        raise document.problem(place, f"there is no server {entry.server!r}", hint=f"known: {known}")
    due_ns = _due_ns(document, ("events", number, "at"), entry.at, world.clock_ns)
    return Happening(due_ns, entry.server, entry.do, entry.with_)


def _due_ns(document: Document, place: tuple[str | int, ...], at: str, start_ns: int) -> int:
    relative = _RELATIVE.fullmatch(at.strip())
    try:
        due_ns = start_ns + parse_wait(relative[1]) if relative else parse_time(at)
        show_time(due_ns)
    except (ValueError, OverflowError):
        raise document.problem(place, f"at: {at!r} is no time", hint=HINT) from None
    if due_ns < start_ns:
        start = show_time(start_ns)
        raise document.problem(place, f"at: {at} is before the world begins", hint=f"it begins at {start}")
    return due_ns
