"""Every step of an episode, to be looked at and continued from: the last ones in memory, the others by content hash."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from sandbox_server.errors import NotFound
from worlds.blobs import Blobs
from worlds.world import World

log = logging.getLogger(__name__)

KEPT_MAX = 4_096


class History:
    """Worlds by step number (0: the first state). Memory keeps the last `kept_max` states and pinned ones, as forks.

    A step that shares its parts with the one before belongs to the same state: it weighs next to nothing and is kept
    for good, with or without its parts. Older states go to `spill` as deltas by content hash when it is given, and are
    forgotten otherwise, with the steps that belong to them.
    """

    def __init__(self, *, kept_max: int = KEPT_MAX, spill: Callable[[], Blobs] | None = None) -> None:
        self.kept_max = kept_max
        self._spill = spill
        self._blobs: Blobs | None = None
        self._kept: OrderedDict[int, list[World]] = OrderedDict()
        """By the first step of each state: the worlds after that step and after those that changed no part."""
        self._bare: dict[int, list[World]] = {}
        """The same of states whose parts are spilled; only clocks, counters and companions are left of them."""
        self._pinned: dict[int, World] = {}
        self._spilled: dict[int, dict[str, Any]] = {}
        self._newest: list[World] = []
        self._next = 0

    def keep(self, step: int, world: World) -> None:
        """Remember the world after a step; `world` must be a fork that nobody changes."""
        if step < self._next:
            self._cut(step)
        if self._newest and world.parts is self._newest[0].parts:
            self._newest.append(world)
        else:
            self._newest = self._kept[step] = [world]
            if len(self._kept) > self.kept_max:
                self._let_go(*self._kept.popitem(last=False))
        self._next = step + 1

    def pin(self, step: int) -> None:
        """Keep a step in memory for good."""
        self._pinned[step] = self.at(step)

    def at(self, step: int) -> World:
        """The world after a step; fork it before changing it. Raises NotFound with the steps that are known."""
        world = _found(self._kept, step) or self._pinned.get(step)
        if world is not None:
            return world
        bare = _found(self._bare, step)
        if bare is not None and self._blobs is not None:
            return self._restored(step, bare, self._blobs)
        raise NotFound(f"there is no step {step}", hint=f"known: {self.known()}")

    def forget_after(self, step: int) -> None:
        """Drop what came after a step, as a restore does."""
        self._cut(step + 1)
        for store in (self._pinned, self._spilled):
            for later in [number for number in store if number > step]:
                del store[later]

    def known(self) -> str:
        """The steps that can be had, as ranges."""
        grouped = (first + place for groups in (self._kept, self._bare) for first, worlds in groups.items()
                   for place in range(len(worlds)))  # fmt: skip
        return ranges({*grouped, *self._pinned})

    def _cut(self, step: int) -> None:
        """Drop a step and those after it; what comes next begins a state of its own."""
        for groups in (self._kept, self._bare):
            for first in [first for first in groups if first >= step]:
                del groups[first]
            for first, worlds in groups.items():
                del worlds[step - first :]
        self._newest, self._next = [], step

    def _let_go(self, step: int, worlds: list[World]) -> None:
        """Spill a state once, and keep of its steps what makes them differ from one another."""
        if self._spill is None:
            return
        try:
            self._blobs = self._blobs or self._spill()
            self._spilled[step] = worlds[0].dump(self._blobs)
        except OSError:  # no room: an old step is not worth the call that follows it
            log.warning("steps from %d on could not be kept", step, exc_info=True)
            return
        self._bare[step] = [world.without_parts() for world in worlds]

    def _restored(self, step: int, bare: World, blobs: Blobs) -> World:
        first = max(number for number in self._spilled if number <= step)
        world = bare.fork()
        world.parts = World.load(self._spilled[first], blobs, bare.companions).parts
        return world


def _found(groups: dict[int, list[World]], step: int) -> World | None:
    """The world after a step, among groups of steps in a row by their first one."""
    for first in reversed(groups):
        if first <= step:
            place = step - first
            return groups[first][place] if place < len(groups[first]) else None
    return None


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
