"""The episodes that one process serves, and the credentials that lead to them."""

import shutil
import threading
import weakref
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox_server.episode import Episode
from sandbox_server.errors import Conflict, NotFound
from sandbox_server.history import History
from sandbox_server.hooks import NO_HOOKS, Hooks
from sandbox_server.ledger import Sink
from sandbox_server.presentation import Presentation
from worlds import host
from worlds.blobs import Blobs, FolderBlobs
from worlds.passing import passing_folder
from worlds.world import World


@dataclass(frozen=True, slots=True)
class Admission:
    """Where a credential leads, and in whose name."""

    episode: Episode
    actor: str


class Stage:
    """Thousands of episodes side by side; nothing leads from one to another."""

    def __init__(self) -> None:
        self.episodes: dict[str, Episode] = {}
        self._tokens: dict[str, Admission] = {}
        self._opened = 0
        self._attic: FolderBlobs | None = None
        """What all episodes start from is stored in it once."""
        self._moving = threading.Lock()

    def open(
        self,
        presentation: Presentation,
        *,
        id: str | None = None,
        token: str | None = None,
        world: World | None = None,
        hooks: Hooks = NO_HOOKS,
        sinks: Iterable[Sink] = (),
    ) -> Episode:
        """Open an episode on a fork of the presented world (or of another one) with one credential for `agent`.

        Raises Conflict when the id or the token is taken.
        """
        self._opened += 1
        name = id or f"ep_{self._opened}"
        if name in self.episodes:
            raise Conflict(f"there is an episode {name!r} already")
        start = (world or presentation.world).fork()
        episode = Episode(name, presentation, start, hooks=hooks, sinks=sinks, history=History(spill=self._spill))
        self.admit(episode, "agent", token)
        self.episodes[name] = episode
        return episode

    def admit(self, episode: Episode, actor: str, token: str | None = None) -> str:
        """Issue a credential that acts in an actor's name; returns its token. Raises Conflict for a taken one."""
        issued = token or host.secret()
        if issued in self._tokens:
            raise Conflict("this token leads to an episode already")
        self._tokens[issued] = Admission(episode, actor)
        episode.credit(issued, actor)
        return issued

    def admission(self, token: str) -> Admission | None:
        """Where a token leads, or None."""
        return self._tokens.get(token)

    def episode(self, id: str) -> Episode:
        """The episode of that id. Raises NotFound."""
        try:
            return self.episodes[id]
        except KeyError:
            raise NotFound(f"there is no episode {id!r}") from None

    def fork(
        self, source: Episode, *, snapshot: str | None = None, step: int | None = None, id: str | None = None
    ) -> Episode:
        """A new episode that continues from a snapshot or step of another (default: its present state)."""
        source.world.demand_free()
        found = source.find(snapshot=snapshot, step=step)
        is_present = snapshot is None and step is None
        world = (
            source.world if is_present else found.world
        )  # time has passed and calls were counted since the last step
        hooks = source.faults.others() if source.has_faults else source.hooks
        branch = self.open(source.presentation, id=id, world=world, hooks=hooks)
        branch.transports = source.transports
        source.turns.carry_to(branch.turns)
        branch.reserved = source.reserved
        branch.past = (source.history, found.step)
        if source.has_faults:
            source.faults.carry_to(branch.faults)
        return branch

    def close(self, id: str) -> None:
        """End an episode; its credentials lead nowhere from now on. Raises NotFound."""
        episode = self.episode(id)
        del self.episodes[id]
        for token in episode.credentials:
            self._tokens.pop(token, None)
        episode.close()

    def close_all(self) -> None:
        """End every episode."""
        for id in list(self.episodes):
            self.close(id)
        if self._attic is not None:
            shutil.rmtree(self._attic.folder, ignore_errors=True)
            self._attic = None

    def _spill(self) -> Blobs:
        """Where old steps of all episodes go, by content hash: a folder that ends with the stage. For threads."""
        with self._moving:
            if self._attic is None:
                folder = passing_folder("steps-")
                weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
                self._attic = FolderBlobs(folder)
            return self._attic
