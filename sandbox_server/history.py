"""Every step of an episode, to be looked at and continued from: the last ones in memory, the others by content hash."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from sandbox_server.errors import NotFound
from worlds.blobs import Blobs
from worlds.world import World

KEPT_MAX = 256


class History:
    """Worlds by step number (0: the first state). Memory keeps the last `kept_max` and pinned ones, as forks.

    Older steps go to `spill` as deltas by content hash when it is given, and are forgotten otherwise.
    """

    def __init__(self, *, kept_max: int = KEPT_MAX, spill: Callable[[], Blobs] | None = None) -> None:
        self.kept_max = kept_max
        self._spill = spill
        self._blobs: Blobs | None = None
        self._kept: OrderedDict[int, World] = OrderedDict()
        self._pinned: dict[int, World] = {}
        self._spilled: dict[int, dict[str, Any]] = {}

    def keep(self, step: int, world: World) -> None:
        """Remember the world after a step; `world` must be a fork that nobody changes."""
        self._kept[step] = world
        if len(self._kept) > self.kept_max:
            self._let_go(*self._kept.popitem(last=False))

    def pin(self, step: int) -> None:
        """Keep a step in memory for good."""
        self._pinned[step] = self.at(step)

    def at(self, step: int) -> World:
        """The world after a step; fork it before changing it. Raises NotFound with the steps that are known."""
        world = self._kept.get(step) or self._pinned.get(step)
        if world is not None:
            return world
        if step in self._spilled and self._blobs is not None:
            return self._restored(self._spilled[step], self._blobs)
        raise NotFound(f"there is no step {step}", hint=f"known: {self.known()}")

    def forget_after(self, step: int) -> None:
        """Drop what came after a step, as a restore does."""
        for store in (self._kept, self._pinned, self._spilled):
            for later in [number for number in store if number > step]:
                del store[later]

    def known(self) -> str:
        """The steps that can be had, as ranges."""
        return ranges({*self._kept, *self._pinned, *self._spilled})

    def _let_go(self, step: int, world: World) -> None:
        if self._spill is None or step in self._pinned:
            return
        self._blobs = self._blobs or self._spill()
        self._spilled[step] = world.dump(self._blobs)

    def _restored(self, manifest: dict[str, Any], blobs: Blobs) -> World:
        newest = next(reversed(self._kept.values()))
        return World.load(manifest, blobs, newest.companions)


def ranges(numbers: set[int]) -> str:
    """Integers as a short text, e.g. `0-4, 7`."""
    parts: list[str] = []
    ordered = sorted(numbers)
    start = 0
    for index, number in enumerate(ordered):
        if index + 1 == len(ordered) or ordered[index + 1] != number + 1:
            first = ordered[start]
            parts.append(str(first) if first == number else f"{first}-{number}")
            start = index + 1
    return ", ".join(parts) or "none"
