"""A file server's tree as an agent's working directory: laid out before it starts, taken in when it has ended.

What is taken in are the differences to what was laid out, as operations of the part in the agent's name. Links are
never followed; what is neither file, folder nor link, has a name that is not Unicode, or is too large, stays outside
and is noted.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.to_thread

from harness.acting.laid_out import Laid, laid_out
from harness.acting.taking_in import Findings, differences
from harness.agent import Assignment
from sandbox_server.call import Reply
from sandbox_server.episode import Episode
from sandbox_server.ledger import Entry
from worlds import host
from worlds.changes import Change
from worlds.errors import WorldError
from worlds.part import Moment
from worlds.parts.filesystem.tree import FileTree

WORKDIR: Final = "(workdir)"
"""The tool that a step names in which a working directory was taken in; no server can have one of that name."""
NOTED_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Workdir:
    """A laid out tree."""

    folder: Path
    laid: Laid


@asynccontextmanager
async def laid_workdir(assignment: Assignment, server: str | None, folder: Path) -> AsyncIterator[Workdir | None]:
    """Lay a server's tree out in a folder that does not exist yet, and take in afterwards what became of it."""
    if server is None:
        yield None
        return
    episode = assignment.client.episode
    async with episode.turn:
        tree = episode.world.parts[server].fork()
    assert isinstance(tree, FileTree)
    laid = await anyio.to_thread.run_sync(laid_out, tree, folder)
    try:
        yield Workdir(folder, laid)
    finally:
        with anyio.CancelScope(shield=True):
            found = await anyio.to_thread.run_sync(differences, laid, folder)
            if found.operations or found.notes:
                await take_in(episode, server, found)


async def take_in(episode: Episode, server: str, found: Findings) -> Entry:
    """Perform operations on a server's files in the agent's name, as one step; the ledger holds them all.

    An operation that the files refuse is noted and changes nothing.
    """
    began_ns = host.monotonic_ns()
    async with episode.turn:
        world = episode.world
        before, arrived_ns = episode.digest, world.clock.arrive()
        notes = list(found.notes)
        due = world.run_due(lambda event, error: notes.append(f"event {event.number}: {error.message}"))
        moment = Moment(world.clock.now_ns, "agent", world.chance.derive("workdir"))
        done = _performed(world.parts[server].perform, found.operations, moment, notes)
        changes: Sequence[Change] = [*due, *world.settle("agent")]
        episode.park(bool(changes))
        entry = Entry(
            episode.ledger.next_number, "call", "agent", server, WORKDIR, {"operations": list(found.operations)},
            effect=episode.step, told=_told(done), changes=changes, digest_before=before, digest_after=episode.digest,
            arrived_ns=arrived_ns, told_ns=world.clock.now_ns, real_ns=host.monotonic_ns() - began_ns,
            notes={"not_taken_in": _bounded(notes)} if notes else {},
        )  # fmt: skip
        episode.ledger.write(entry)
        world.clock.leave()
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
