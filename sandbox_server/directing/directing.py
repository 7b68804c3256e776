"""What a stage keeps for those who direct episodes from elsewhere: the worlds they brought, and their episodes."""

import asyncio
import logging
import shutil
import weakref
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import anyio
from anyio.to_thread import run_sync

from sandbox_server.directing.directed import Directed
from sandbox_server.episode import Episode
from sandbox_server.errors import Ended, NotFound, StageError
from sandbox_server.presentation import Presentation, present_bundle
from sandbox_server.stage import Stage
from worlds.blobs import MemoryBlobs
from worlds.bundle import address_of, read_bundle, unpack_code
from worlds.digest import canonical
from worlds.errors import ArchiveError
from worlds.passing import passing_folder

BUNDLES_MAX: Final = 128
log = logging.getLogger(__name__)


class Misnamed(StageError):
    """A bundle that is not what it was announced as."""

    code = "misnamed"
    status = 422


@dataclass(frozen=True, slots=True)
class Brought:
    """A world that was brought, presented."""

    address: str
    presentation: Presentation
    told: frozenset[str]
    """The addresses of all bytes in it."""


class Directing:
    """The bundles and directed episodes of one stage."""

    def __init__(self) -> None:
        self.episodes: dict[str, Directed] = {}
        self._brought: OrderedDict[str, Brought] = OrderedDict()
        self._building = anyio.Lock()
        self._folder: Path | None = None

    def brought(self, address: str) -> Brought:
        """A bundle by its address. Raises NotFound: then it has to be brought again."""
        if address not in self._brought:
            raise NotFound(f"there is no bundle {address!r}", hint="bundles that are not used make room for others")
        self._brought.move_to_end(address)
        return self._brought[address]

    async def bring(self, address: str, data: bytes) -> Brought:
        """Take in a bundle, whole or not at all. Raises ArchiveError, WorldError, StageError."""
        if address_of(data) != address:
            raise Misnamed("the bundle is not the one that its address names", hint="the address is the file's hash")
        async with self._building:
            if address not in self._brought:
                self._brought[address] = await run_sync(self._built, address, data)
                while len(self._brought) > BUNDLES_MAX:
                    self._brought.popitem(last=False)
        return self.brought(address)

    def directed(self, episode: Episode) -> Directed:
        """An episode's director's things. Raises NotFound for an episode that nobody directs."""
        found = self.episodes.get(episode.id)
        if found is None or found.episode is not episode:
            raise NotFound(f"nobody directs the episode {episode.id!r}", hint="open it on a bundle")
        return found

    def begin(self, stage: Stage, episode: Episode, directed: Directed) -> None:
        """Keep an episode until it ends, or until nobody follows it any more."""
        self.episodes[episode.id] = directed
        directed.forsaken = lambda: _end(stage, episode)
        episode.turns.watchers.add(lambda: self._look_after(stage, episode))

    def _look_after(self, stage: Stage, episode: Episode) -> None:
        """Forget an episode that has ended."""
        directed = self.episodes.get(episode.id)
        if directed is not None and directed.episode is episode and stage.episodes.get(episode.id) is not episode:
            del self.episodes[episode.id]
            directed.end()

    def _built(self, address: str, data: bytes) -> Brought:
        bundle = read_bundle(data)
        try:
            code = unpack_code(bundle, self._place() / address[:32]) if bundle.code else {}
            presentation = present_bundle(bundle, code)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
            raise ArchiveError(f"the bundle does not describe a world: {error!r}") from error
        if canonical(presentation.world.dump(MemoryBlobs())) != canonical(bundle.manifest):
            raise ArchiveError("the bundle's state is told otherwise here", hint="was it made by another version?")
        return Brought(address, presentation, frozenset(bundle.blobs.items))

    def _place(self) -> Path:
        """A folder for code that was brought; it ends with the stage."""
        if self._folder is None:
            self._folder = passing_folder("brought-")
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder


def _end(stage: Stage, episode: Episode) -> None:
    """End an episode that nobody follows any more."""
    log.warning("the episode %s was followed by nobody and is ended", episode.id)
    task = asyncio.ensure_future(_ended(stage, episode))
    _ENDING.add(task)
    task.add_done_callback(_ENDING.discard)


async def _ended(stage: Stage, episode: Episode) -> None:
    with suppress(Ended):
        async with episode.seized():
            if stage.episodes.get(episode.id) is episode:
                stage.close(episode.id)


_ENDING: Final[set["asyncio.Task[None]"]] = set()
"""Tasks that the event loop must not forget."""
