"""What an agent made of its working directory, taken into the world as one step."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sandbox_server.call import Reply
from sandbox_server.episode import Episode
from sandbox_server.ledger import Entry
from worlds import host
from worlds.changes import Change
from worlds.errors import WorldError
from worlds.part import Moment

WORKDIR: Final = "(workdir)"
"""The tool that a step names in which a working directory was taken in; no server can have one of that name."""
NOTED_MAX: Final = 100


async def take_in(
    episode: Episode, server: str, operations: Sequence[Mapping[str, Any]], left_out: Sequence[str] = ()
) -> Entry:
    """Perform operations on a server's files in the agent's name, as one step; the ledger holds them all.

    An operation that the files refuse is noted and changes nothing.
    """
    began_ns = host.monotonic_ns()
    async with episode.turn:
        world = episode.world
        before, arrived_ns = episode.digest, world.clock.arrive()
        notes = list(left_out)
        due = world.run_due(lambda event, error: notes.append(f"event {event.number}: {error.message}"))
        moment = Moment(world.clock.now_ns, "agent", world.chance.derive("workdir"))
        done = _performed(world.parts[server].perform, operations, moment, notes)
        changes: Sequence[Change] = [*due, *world.settle("agent")]
        episode.park(bool(changes))
        entry = Entry(
            episode.ledger.next_number, "call", "agent", server, WORKDIR, {"operations": list(operations)},
            effect=episode.step, told=_told(done), changes=changes, digest_before=before, digest_after=episode.digest,
            arrived_ns=arrived_ns, told_ns=world.clock.now_ns, real_ns=host.monotonic_ns() - began_ns,
            notes={"not_taken_in": _bounded(notes)} if notes else {},
        )  # fmt: skip
        episode.ledger.write(entry)
        world.clock.leave()
    await episode.history.make_room()
    return entry


def _performed(perform: Any, operations: Sequence[Mapping[str, Any]], moment: Moment, notes: list[str]) -> int:
    """Perform what can be performed; returns how many operations that were."""
    done = 0
    for operation in operations:
        try:
            perform(operation["do"], {key: value for key, value in operation.items() if key != "do"}, moment)
            done += 1
        except WorldError as error:
            notes.append(f"{operation.get('path', '')}: {error.message}")
    return done


def _told(done: int) -> Reply:
    return Reply(result={"content": [{"type": "text", "text": f"{done} operations on files"}]})


def _bounded(notes: list[str]) -> list[str]:
    rest = len(notes) - NOTED_MAX
    return notes if rest <= 0 else [*notes[:NOTED_MAX], f"and {rest} more"]
