"""Every step of an episode, to be looked at and continued from: the last ones in memory, the others by content hash."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from itertools import chain

from sandbox_server.aside import in_thread
from sandbox_server.attic import Attic, Told
from sandbox_server.errors import NotFound
from sandbox_server.freeing import free
from worlds.blobs import Blobs
from worlds.world import World

log = logging.getLogger(__name__)

KEPT_MAX = 4_096


class History:
    """Worlds by step number (0: the first state). Memory keeps the last `kept_max` states and pinned ones, as forks.

    A step that shares its parts with the one before belongs to the same state: it weighs next to nothing and is kept
    for good, with or without its parts. Where `spill` is given, older states go there as deltas by content hash when
    somebody who can wait makes room; they are forgotten otherwise, with the steps that belong to them.
    """

    def __init__(self, *, kept_max: int = KEPT_MAX, spill: Callable[[], Blobs] | None = None) -> None:
        self.kept_max = kept_max
        self._spill = spill
        self._attic: Attic | None = None
        self._leaving = asyncio.Lock()
        self._kept: OrderedDict[int, list[World]] = OrderedDict()
        """By the first step of each state: the worlds after that step and after those that changed no part."""
        self._bare: dict[int, list[World]] = {}
        """The same of states whose parts are spilled; only clocks, counters and companions are left of them."""
        self._pinned: dict[int, World] = {}
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
            if self._spill is None and len(self._kept) > self.kept_max:
                self._kept.popitem(last=False)
        self._next = step + 1

    @property
    def is_full(self) -> bool:
        """Whether memory keeps more than it should, until somebody makes room."""
        return self._spill is not None and len(self._kept) > self.kept_max

    async def make_room(self) -> None:
        """Spill what is beyond `kept_max`. Threads write it down: the first state costs what its whole world holds."""
        if not self.is_full:
            return
        async with self._leaving:
            while self.is_full:
                step, worlds = next(iter(self._kept.items()))
                await self._let_go(step, worlds)

    def pin(self, step: int) -> None:
        """Keep a step in memory for good."""
        self._pinned[step] = self.at(step)

    def at(self, step: int) -> World:
        """The world after a step; fork it before changing it. Raises NotFound with the steps that are known."""
        world = _found(self._kept, step) or self._pinned.get(step)
        if world is not None:
            return world
        bare = _found(self._bare, step)
        if bare is not None and self._attic is not None:
            return self._restored(step, bare, self._attic)
        raise NotFound(f"there is no step {step}", hint=f"known: {self.known()}")

    def forget_after(self, step: int) -> None:
        """Drop what came after a step, as a restore does."""
        self._cut(step + 1)
        for later in [number for number in self._pinned if number > step]:
            del self._pinned[later]

    def worlds(self) -> list[World]:
        """Everything that is kept of steps, in no order that matters."""
        return [*chain.from_iterable(self._kept.values()), *chain.from_iterable(self._bare.values())]

    def known(self) -> str:
        """The steps that can be had, as ranges."""
        grouped = (first + place for groups in (self._kept, self._bare) for first, worlds in groups.items()
                   for place in range(len(worlds)))  # fmt: skip
        return ranges({*grouped, *self._pinned})

    def _cut(self, step: int) -> None:
        """Drop a step and those after it; what comes next begins a state of its own."""
        gone: list[World] = []
        for groups in (self._kept, self._bare):
            for first in [first for first in groups if first >= step]:
                gone += groups.pop(first)
            for first, worlds in groups.items():
                gone += worlds[step - first :]
                del worlds[step - first :]
        free(gone)
        if self._attic is not None:
            self._attic.cut(step)
        self._newest, self._next = [], step

    async def _let_go(self, step: int, worlds: list[World]) -> None:
        """Spill a state once, and keep of its steps what makes them differ from one another."""
        told = await self._told(step, worlds[0])
        if self._kept.get(step) is not worlds:
            return  # somebody cut it off meanwhile
        if told is None:
            del self._kept[step]
        elif self._attic is not None and self._attic.add(step, told):
            self._bare[step] = [world.without_parts() for world in worlds]
            del self._kept[step]

    async def _told(self, step: int, world: World) -> Told | None:
        """Where a state is written now; None where it cannot be."""
        try:
            if self._attic is None and self._spill is not None:
                self._attic = Attic(await in_thread(self._spill))
            return None if self._attic is None else await in_thread(self._attic.writing(world))
        except Exception:  # a full disk, or worse: an old step is not worth the answer that waits for it
            log.warning("steps from %d on could not be kept", step, exc_info=True)
            return None

    def _restored(self, step: int, bare: World, attic: Attic) -> World:
        first = max(number for number in self._bare if number <= step)
        world = bare.fork()
        world.parts = World.load(attic.manifest(first), attic.blobs, bare.companions).parts
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
