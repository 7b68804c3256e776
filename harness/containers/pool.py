"""Stages in containers that are kept ready: each plays many episodes at once, and one that dies is replaced."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

import anyio
import anyio.abc

from harness.containers.daemon import ContainerError
from harness.containers.stage_container import StageContainer, StageContainers
from harness.engine import Place, PlaceLost
from harness.errors import one_error
from harness.plan import Plan
from harness.recording.summary import Summary
from harness.trajectory import Trajectory

EPISODES_MAX: Final = 64
"""How many episodes one container plays at the same time."""
REPLACED_SECONDS_MAX: Final = 120.0
"""How long episodes wait while no container is there: long enough for Docker to be started again."""
LOOK_SECONDS: Final = 5.0
"""How often it is looked whether a container is well."""
_VACATED_SECONDS_MAX: Final = 60.0
_RETRY_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)


class LosablePlace(Place, Protocol):
    """A place that can be told that it is gone."""

    def give_up(self) -> None:
        """Ask nothing more of it."""
        ...


Dressed = Callable[[StageContainer], AbstractAsyncContextManager[LosablePlace]]
"""What makes a place to play of a container."""


@dataclass(slots=True, eq=False)
class Berth:
    """A container that is ready, and how many episodes are on it."""

    container: StageContainer
    place: LosablePlace
    episodes: int = 0
    doubted: anyio.Event = field(default_factory=anyio.Event)
    """Set by whoever found it dead, so that it is looked at without delay."""
    gone: anyio.Event = field(default_factory=anyio.Event)
    """Set once it is known to be dead."""


class Pool:
    """So many containers, each replaced when it dies or answers no more."""

    def __init__(self, containers: StageContainers, dressed: Dressed, size: int) -> None:
        self.size = size
        self.replaced = 0
        """How many containers were given up."""
        self._containers = containers
        self._dressed = dressed
        self._ready: list[Berth] = []
        self._changed = anyio.Event()
        self._closed = anyio.Event()
        self._trouble = ""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Pool"]:
        """The pool with its first container ready, and the others on their way. Raises ContainerError, PlaceLost."""
        first = await self._containers.started()
        with one_error():
            async with anyio.create_task_group() as group:
                for number in range(self.size):
                    group.start_soon(self._keep, group, None if number else first)
                try:
                    await self._one_ready()
                    yield self
                finally:
                    self._closed.set()

    async def play(self, plan: Plan) -> Trajectory | Summary:
        """Play one episode in the emptiest container. Raises PlaceLost when that dies under it, or when none can be had
        for too long."""
        berth = await self._roomy()
        berth.episodes += 1
        try:
            return await _played(berth, plan)
        except PlaceLost:
            berth.doubted.set()
            raise
        finally:
            berth.episodes -= 1
            self._tell()

    async def _roomy(self) -> Berth:
        while True:
            roomy = [berth for berth in self._ready if berth.episodes < EPISODES_MAX]
            if roomy:
                return min(roomy, key=lambda berth: berth.episodes)
            if self._ready:
                await self._changed.wait()
            else:
                await self._one_ready()

    async def _one_ready(self) -> None:
        with anyio.move_on_after(REPLACED_SECONDS_MAX):
            while not self._ready:
                await self._changed.wait()
            return
        raise PlaceLost(f"for {REPLACED_SECONDS_MAX:g} seconds no container could be had: {self._trouble}")

    async def _keep(self, group: anyio.abc.TaskGroup, container: StageContainer | None) -> None:
        """Keep one container ready until it dies, and have another one put in its place.

        Shielded, because episodes that are cancelled first give back what they had there.
        """
        with anyio.CancelScope(shield=True) as scope:
            async with anyio.create_task_group() as inner:
                inner.start_soon(self._cancel_when_closed, scope)
                await self._kept(container)
                scope.cancel()
        if not self._closed.is_set():
            self.replaced += 1
            group.start_soon(self._keep, group, None)

    async def _cancel_when_closed(self, scope: anyio.CancelScope) -> None:
        await self._closed.wait()
        scope.cancel()

    async def _kept(self, container: StageContainer | None) -> None:
        container = container or await self._started()
        try:
            await self._held(container)
        except Exception as error:  # a container that nobody can talk to is as good as none
            self._trouble = str(error)
            await anyio.sleep(_RETRY_SECONDS[-1])
        finally:
            await container.remove()

    async def _started(self) -> StageContainer:
        """A new container, tried for as long as it takes: those who wait for it have their own patience."""
        tried = 0
        while True:
            try:
                return await self._containers.started()
            except ContainerError as error:
                self._trouble = error.message
            await anyio.sleep(_RETRY_SECONDS[min(tried, len(_RETRY_SECONDS) - 1)])
            tried += 1

    async def _held(self, container: StageContainer) -> None:
        """Offer a container until it is no longer well, and let those leave who were on it."""
        async with self._dressed(container) as place:
            berth = Berth(container, place)
            self._ready.append(berth)
            self._tell()
            try:
                await _no_longer_well(berth)
            finally:
                self._ready.remove(berth)
                place.give_up()
                berth.gone.set()
            await container.remove()  # whatever still asks it learns now that it is gone
            with anyio.move_on_after(_VACATED_SECONDS_MAX):
                while berth.episodes:
                    await self._changed.wait()

    def _tell(self) -> None:
        changed, self._changed = self._changed, anyio.Event()
        changed.set()


async def _played(berth: Berth, plan: Plan) -> Trajectory | Summary:
    """Play in one container; when it dies nothing is waited for. Raises PlaceLost."""
    played: list[Trajectory | Summary] = []
    with one_error():
        async with anyio.create_task_group() as group:

            async def leave() -> None:
                await berth.gone.wait()
                group.cancel_scope.cancel()

            group.start_soon(leave)
            played.append(await berth.place.play(plan))
            group.cancel_scope.cancel()
    if not played:
        raise PlaceLost("the container in which it was played is gone")
    return played[0]


async def _no_longer_well(berth: Berth) -> None:
    """Wait until a container has ended or does not answer; a doubt that is unfounded is forgotten."""
    async with anyio.create_task_group() as group:
        group.start_soon(_doubt_once_ended, berth)
        while True:
            with anyio.move_on_after(LOOK_SECONDS):
                await berth.doubted.wait()
            berth.doubted = anyio.Event()
            if not await berth.container.is_well():
                group.cancel_scope.cancel()
                return


async def _doubt_once_ended(berth: Berth) -> None:
    """Be told by Docker that a container has ended, which is quicker than to ask the container itself."""
    while True:
        if await berth.container.has_ended():
            berth.doubted.set()
            return
        await anyio.sleep(_RETRY_SECONDS[0])
