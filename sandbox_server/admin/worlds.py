"""From what a request calls a world to its presentation, built once as long as its files stay the same."""

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import anyio
from anyio.to_thread import run_sync

from fault_injection.profile import Profile
from sandbox_server.episode import Episode
from sandbox_server.errors import StageError
from sandbox_server.presentation import Presentation, present
from worlds.digest import canonical
from worlds.worldfile import WorldPlan, plan_world, read_world
from worlds.yamlfile import Document

KEPT_MAX: Final = 64
FILES_MAX: Final = 5_000


@dataclass(frozen=True, slots=True)
class Found:
    """What a name or a document means: how to present it, and what tells it from everything else."""

    plan: WorldPlan
    identity: Any
    """JSON-like; differs wherever the files that were read differ."""
    present: Callable[[int], Presentation]
    """The presentation for a seed. Blocks; raises WorldError or StageError."""
    seed: int = 1
    """The seed to use when none is asked for."""
    faults: Sequence[Profile] = ()
    """What goes wrong in its episodes unless something else is asked for."""
    begin: Callable[[Episode], Awaitable[None]] | None = None
    """What happens in an episode once it is open and before any agent comes: people take their seats."""

    async def begun(self, episode: Episode) -> Episode:
        """An episode that was opened on it, ready for agents."""
        if self.begin is not None:
            await self.begin(episode)
        return episode


class NoScenarios(StageError):
    """A scenario asked of a stage that only knows worlds."""

    code = "no_scenarios"
    status = 422


class Finder(Protocol):
    """How names become worlds. Whoever starts a stage may bring a finder that also understands scenarios."""

    def world(self, reference: str | Mapping[str, Any]) -> Found:
        """A world by name, by path, or written out. Raises WorldError."""
        ...

    def scenario(self, reference: str | Mapping[str, Any]) -> Found:
        """The world of a scenario by path, or written out. Raises StageError or WorldError."""
        ...


class WorldFinder:
    """Worlds by name, by path, and written out; no scenarios."""

    def world(self, reference: str | Mapping[str, Any]) -> Found:
        """A world. One that is written out has no folder beside it to name files in."""
        if isinstance(reference, str):
            return found_world(read_world(reference))
        return found_world(plan_world(Document("<request>", dict(reference)), Path("<request>")))

    def scenario(self, reference: str | Mapping[str, Any]) -> Found:
        """A refusal: goals are not a stage's business."""
        raise NoScenarios("this stage serves worlds, not scenarios", hint="give `world`")


def found_world(plan: WorldPlan) -> Found:
    """A planned world as a finding."""
    return Found(plan, [plan.document.data, list(plan.prefix)], lambda seed: present(plan, seed=seed))


class Presentations:
    """Presentations by finding and seed; equal requests share one, and what is being built is built once."""

    def __init__(self, finder: Finder | None = None) -> None:
        self.finder = finder or WorldFinder()
        self._kept: dict[bytes, Presentation] = {}
        self._building: dict[bytes, anyio.Lock] = {}

    async def get(self, found: Found, seed: int) -> Presentation:
        """The presentation of a finding, built in a thread if need be. Raises WorldError or StageError."""
        key = await run_sync(_key, found, seed)
        if key is None:
            return await run_sync(found.present, seed)
        async with self._building.setdefault(key, anyio.Lock()):
            if key not in self._kept:
                presentation = await run_sync(found.present, seed)
                self._make_room()
                self._kept[key] = presentation
            return self._kept[key]

    def _make_room(self) -> None:
        while len(self._kept) >= KEPT_MAX:
            oldest = next(iter(self._kept))
            del self._kept[oldest]
            self._building.pop(oldest, None)


def _key(found: Found, seed: int) -> bytes | None:
    """Equal as long as the finding and the files around its world are; None when they are too many to look at."""
    files: list[Any] = []
    folder = found.plan.folder
    for place, _, names in os.walk(folder):
        for name in names:
            status = (Path(place) / name).lstat()
            files.append([place, name, status.st_size, status.st_mtime_ns])
            if len(files) > FILES_MAX:
                return None
    return canonical([found.identity, str(folder), seed, sorted(files)])
