"""States that memory no longer keeps, by content hash: each told as what leads to it from the one before."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from worlds.blobs import Blobs
from worlds.delta import delta_of, followed
from worlds.digest import canonical
from worlds.world import World

CHAIN_MAX: Final = 512
"""States that are told as differences before one is told as a whole again, so that none takes long to be put together.
A whole one costs what its world ever changed."""


@dataclass(frozen=True, slots=True)
class Told:
    """A state that was written down."""

    world: World
    address: str
    older: World | None
    """The state that it is told from; None where it is told as a whole."""


class Attic:
    """The states of one episode by rising step."""

    def __init__(self, blobs: Blobs) -> None:
        self.blobs = blobs
        self._addresses: dict[int, str] = {}
        self._whole: set[int] = set()
        """The steps that are told as a whole."""
        self._last: World | None = None
        self._links = 0
        """Differences since the last whole one."""
        self._read: tuple[int, dict[str, Any]] | None = None
        """The step that was put together last, so that its neighbours cost one difference."""

    def writing(self, world: World) -> Callable[[], Told]:
        """What writes the next state down, for a thread: it changes nothing here. Raises OSError when called."""
        return partial(_written, world, self._last if self._links < CHAIN_MAX else None, self.blobs)

    def add(self, step: int, told: Told) -> bool:
        """Take in what was written; False, and nothing is done, where what it is told from was cut off meanwhile."""
        if told.older is not None and told.older is not self._last:
            return False
        self._addresses[step] = told.address
        self._last = told.world
        self._links = 0 if told.older is None else self._links + 1
        if told.older is None:
            self._whole.add(step)
        return True

    def cut(self, step: int) -> None:
        """Forget a step and those after it; the next one is told as a whole."""
        gone = [number for number in reversed(self._addresses) if number >= step]
        for number in gone:
            del self._addresses[number]
        if gone:
            self._whole.difference_update(gone)
            self._last = self._read = None

    def manifest(self, step: int) -> dict[str, Any]:
        """The dump of the state after a step. Raises ArchiveError, and KeyError for a step that is not here."""
        chain = [step]
        known = self._read
        steps = list(self._addresses)
        at = steps.index(step)
        while chain[-1] not in self._whole and (known is None or chain[-1] != known[0]):
            at -= 1
            chain.append(steps[at])
        first = chain.pop()
        manifest = known[1] if known is not None and first == known[0] else dict(self._record(first))
        for number in reversed(chain):
            manifest = followed(manifest, self._record(number))
        self._read = (step, manifest)
        return manifest

    def _record(self, step: int) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads(self.blobs.get(self._addresses[step]))
        return found


def _written(world: World, older: World | None, blobs: Blobs) -> Told:
    record = world.dump(blobs) if older is None else delta_of(world, older, blobs)
    return Told(world, blobs.put(canonical(record)), older)
