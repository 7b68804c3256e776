"""Play episodes on a Ray cluster, from two actors on this machine to a thousand nodes."""

import importlib.util
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import anyio

from harness.clustering.address import HERE, refuse_address
from harness.clustering.habits import settle
from harness.engine import EngineError, EngineOptions, engines
from harness.recording.run_folder import RunFolder
from harness.recording.states import States
from harness.running.order import Order
from harness.working.job import brief_of
from worlds import host

if TYPE_CHECKING:
    from harness.clustering.fleet import Fleet

_LIBRARIES: Final = ("ray", "pathspec")
_WORKERS: Final = 2
_AT_ONCE_MAX: Final = 1_000
_CLOSE_SECONDS_MAX: Final = 15.0


@engines.register("ray")
class Ray:
    """Actors play, each on a stage of its own; records and states travel back and are put in place here."""

    retries: ClassVar[int] = 2

    def parallel(self, options: EngineOptions) -> int:
        """How many episodes at a time keep it busy: one an actor."""
        return options.workers or _WORKERS

    def check(self, order: Order) -> None:
        """Refuse what no node could play."""
        if not all(map(importlib.util.find_spec, _LIBRARIES)):
            raise EngineError("the engine ray needs libraries that are not here", hint="pip install 'soundstage[ray]'")
        if order.agent.kind == "external":
            raise EngineError("external agents need a terminal, which a cluster has none of", hint="--engine inprocess")
        if order.engine.address is not None:
            from harness.clustering.luggage import refuse_heavy, refuse_paths_elsewhere  # it needs an extra

            _refuse_place(order.engine.address)
            refuse_paths_elsewhere(order)
            refuse_heavy(Path.cwd())

    @asynccontextmanager
    async def opened(self, order: Order, folder: RunFolder | None) -> AsyncIterator["Fleet"]:
        """The actors of one run. Raises EngineError where there is no cluster, or it refuses the run."""
        settle(order.engine.address)
        from harness.clustering.cluster import joined  # ray reads what is settled when it is imported
        from harness.clustering.fleet import Fleet, agreed

        async with joined(order) as link, anyio.create_task_group() as group:
            group.start_soon(link.attend)
            with _states(folder) as states:
                actors = _actors(order)
                try:
                    await agreed(actors)
                    yield Fleet(actors, folder, states, group, link)
                finally:
                    group.cancel_scope.cancel()
                    if not link.gone:
                        await _dismissed(actors)


def _refuse_place(address: str) -> None:
    """Refuse the address of no cluster. Raises EngineError."""
    if address != HERE:
        refuse_address(address)
        return
    settle(address)
    from harness.clustering.here import address_here  # it needs the library

    address_here()


def _actors(order: Order) -> list[Any]:
    """As many actors as are asked for, or as the cluster has cores."""
    import ray

    from harness.clustering.actor import Worker
    from harness.clustering.cluster import cores

    count = order.engine.workers or cores()
    folder = str(Path.cwd()) if order.engine.address is None else None
    made = ray.remote(Worker).options(num_cpus=1, max_restarts=-1, max_concurrency=_AT_ONCE_MAX)
    brief = brief_of(order, None).model_dump()
    given = _given(order.options.pass_env)
    return [made.remote(brief, folder, given) for _ in range(min(count, order.parallel))]


def _given(names: Sequence[str]) -> dict[str, str]:
    """The variables that agents are to have. They go to actors alone: what describes a run's environment is logged."""
    variables = host.environment()
    return {name: variables[name] for name in names if name in variables}


async def _dismissed(actors: list[Any]) -> None:
    """Let actors give everything back, and end them."""
    import ray

    with anyio.move_on_after(_CLOSE_SECONDS_MAX, shield=True):
        for closing in [actor.close.remote() for actor in actors]:
            try:
                await closing
            except ray.exceptions.RayError:
                continue  # it is gone already
    for actor in actors:
        ray.kill(actor)


@contextmanager
def _states(folder: RunFolder | None) -> Iterator[States | None]:
    """Where states that come back are kept."""
    if folder is None:
        yield None
        return
    states = States(folder.path / "states")
    try:
        yield states
    finally:
        states.close()
