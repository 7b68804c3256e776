"""Every step of an episode, to be looked at and continued from: the last ones in memory, the others by content hash."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from sandbox_server.errors import NotFound
from worlds.blobs import Blobs
from worlds.world import World

KEPT_MAX = 256
STILL_MAX = 16_384


class History:
    """Worlds by step number (0: the first state). Memory keeps the last ones and pinned ones, as forks.

    `kept_max` bounds the steps in which something happened to a part; a step that shares its parts with the one before
    weighs next to nothing and stays until there are `still_max` in all. Older steps go to `spill` as deltas by
    content hash when it is given, and are forgotten otherwise.
    """

    def __init__(
        self, *, kept_max: int = KEPT_MAX, still_max: int = STILL_MAX, spill: Callable[[], Blobs] | None = None
    ) -> None:
        self.kept_max = kept_max
        self.still_max = still_max
        self._moving = 0
        self._latest: World | None = None
        self._spill = spill
        self._blobs: Blobs | None = None
        self._kept: OrderedDict[int, World] = OrderedDict()
        self._pinned: dict[int, World] = {}
        self._spilled: dict[int, dict[str, Any]] = {}

    def keep(self, step: int, world: World) -> None:
        """Remember the world after a step; `world` must be a fork that nobody changes."""
        again = step in self._kept
        self._kept[step] = world
        if again:
            self._moving = _distinct(self._kept.values())
        elif self._latest is None or world.parts is not self._latest.parts:
            self._moving += 1
        self._latest = world
        while self._moving > self.kept_max or len(self._kept) > self.still_max:
            self._drop_oldest()

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
        self._latest = None
        self._moving = _distinct(self._kept.values())

    def known(self) -> str:
        """The steps that can be had, as ranges."""
        return ranges({*self._kept, *self._pinned, *self._spilled})

    def _drop_oldest(self) -> None:
        step, world = self._kept.popitem(last=False)
        following = next(iter(self._kept.values()), None)
        if following is None or following.parts is not world.parts:
            self._moving -= 1
        self._let_go(step, world)

    def _let_go(self, step: int, world: World) -> None:
        if self._spill is None or step in self._pinned:
            return
        self._blobs = self._blobs or self._spill()
        self._spilled[step] = world.dump(self._blobs)

    def _restored(self, manifest: dict[str, Any], blobs: Blobs) -> World:
        newest = next(reversed(self._kept.values()))
        return World.load(manifest, blobs, newest.companions)


def _distinct(worlds: Iterable[World]) -> int:
    """How many of some worlds in a row differ from the one before."""
    count, before = 0, None
    for world in worlds:
        count += world.parts is not before
        before = world.parts
    return count


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
