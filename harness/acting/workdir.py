"""A file server's tree as an agent's working directory: laid out before it starts, taken in when it has ended.

What is taken in are the differences to what was laid out, as operations of the part in the agent's name. Links are
never followed; what is neither file, folder nor link, has a name that is not Unicode, or is too large, stays outside
and is noted.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import anyio.to_thread

from harness.acting.laid_out import Laid, laid_out
from harness.acting.taking_in import differences
from harness.agent import Assignment
from worlds.parts.filesystem.tree import FileTree


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
                await assignment.client.take_in(server, found.operations, found.notes)
