"""The contract of an engine: where the episodes of a run are played. One file per kind."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, runtime_checkable

from harness.errors import HarnessError
from harness.plan import Plan
from harness.recording.run_folder import RunFolder
from harness.recording.summary import Summary
from harness.trajectory import Trajectory
from worlds.registry import Registry

if TYPE_CHECKING:
    from harness.running.order import Order

IN_PROCESS: Final = "inprocess"


class EngineError(HarnessError):
    """An engine that cannot be had here, or that cannot play what was ordered."""

    code = "engine"


class PlaceLost(HarnessError):
    """The place at which an episode was played is gone: nothing is known of the agent, and it may be tried again."""

    code = "place_lost"


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Which engine plays, and with what; kept in a run's manifest but for secrets."""

    name: str = IN_PROCESS
    workers: int | None = None
    """How many processes, containers or actors play; None: as the engine sees fit."""
    admin: str | None = None
    """The admin API of a stage that runs already."""
    admin_token: str | None = field(default=None, repr=False)
    """The token for it; never kept."""
    address: str | None = None
    """The cluster to join."""
    stage_image: str | None = None
    """The image whose containers serve worlds."""


HERE: Final = EngineOptions()
"""In this process."""


class Place(Protocol):
    """Where episodes are played as long as a run goes on; many at once."""

    async def play(self, plan: Plan) -> Trajectory | Summary:
        """Play one planned episode to its end and judge it. Whatever the agent does, this returns.

        Cancelling it stops the agent and gives everything back. Where `plan.record` is set, the whole record lies there
        when this returns. Raises PlaceLost where the place died under the episode.
        """
        ...


class Engine(Protocol):
    """One way to play episodes. It holds nothing itself; what a run needs is in its order."""

    def check(self, order: "Order") -> None:
        """Refuse early what cannot work. Raises EngineError."""
        ...

    def opened(self, order: "Order", folder: RunFolder | None) -> AbstractAsyncContextManager[Place]:
        """The place for one run; `folder` None: nothing is kept. Raises EngineError where it cannot be had."""
        ...


RETRIES: Final = 2
"""How often an episode that the infrastructure broke is tried again, where neither engine nor user says."""


@runtime_checkable
class Trying(Protocol):
    """An engine that says itself how often it is worth it."""

    retries: ClassVar[int]
    """How often an episode that the infrastructure broke is tried again, unless somebody says otherwise."""


@runtime_checkable
class Wide(Protocol):
    """An engine that plays several episodes at a time, unless somebody says otherwise."""

    def parallel(self, options: EngineOptions) -> int:
        """How many it plays at a time."""
        ...


def usual_parallel(options: EngineOptions) -> int:
    """How many episodes an engine plays at a time where nobody says."""
    engine = engines.get(options.name)
    return engine.parallel(options) if isinstance(engine, Wide) else 1


engines: Registry[Engine] = Registry("soundstage.engines", "harness.engines")
"""Names of engines to how they play."""
