"""Where the panel plays: in this process, or in containers where a world has commands to run."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

from harness.engine import IN_PROCESS, EngineError, EngineOptions, Place, PlaceLost, engines, usual_parallel
from harness.panelist import PanelAgent, Stand
from harness.plan import Plan
from harness.running.attempts import retries_of
from harness.running.order import COMMANDING, Order
from harness.scenario import Scenario
from harness.staging.shells import refuse_shells, shell_of
from harness.trajectory import Trajectory

AUTO: Final = "auto"
"""In containers where a world has commands to run, else in this process."""
CONTAINERS: Final = "docker"
CHOICES: Final = (AUTO, IN_PROCESS, CONTAINERS)
"""Where the panel can play: its members are no agents that another process could be told by name."""
AS_NEEDED: Final = EngineOptions(AUTO)


@dataclass(frozen=True, slots=True)
class Floor:
    """A place where members of the panel play."""

    place: Place
    at_a_time: int
    """How many of them may play there side by side."""
    retries: int
    """How often an episode is played again that the place died under."""

    async def play(self, plan: Plan) -> Trajectory:
        """Play one episode. Raises EngineError where the place is lost again and again."""
        for _ in range(self.retries + 1):
            try:
                played = await self.place.play(plan)
            except PlaceLost as error:
                lost = error
            else:
                assert isinstance(played, Trajectory)  # whoever plays without a folder keeps it in memory
                return played
        name = plan.prepared.scenario.name
        raise EngineError(f"{name}: lost {self.retries + 1} times with the place that played it: {lost.message}")


def engine_for(scenario: Scenario, engine: EngineOptions) -> str:
    """The name of the engine on which a scenario is tried."""
    if engine.name != AUTO:
        return engine.name
    return IN_PROCESS if shell_of(scenario) is None else CONTAINERS


@asynccontextmanager
async def opened_floors(scenarios: Sequence[Scenario], engine: EngineOptions) -> AsyncIterator[Mapping[str, Floor]]:
    """By the engine's name: the places that scenarios need. Raises EngineError where they cannot be had."""
    async with AsyncExitStack() as stack:
        floors = {}
        for name in dict.fromkeys(engine_for(scenario, engine) for scenario in scenarios):
            order = _order(scenarios, name, engine)
            place = await stack.enter_async_context(engines.get(name).opened(order, None))
            floors[name] = Floor(place, order.parallel, retries_of(order))
        yield floors


def refuse_unplayable(scenarios: Sequence[Scenario], engine: EngineOptions) -> None:
    """Refuse what cannot be tried where it is to be tried, before anything is. Raises EngineError and ShellError."""
    for name in dict.fromkeys(engine_for(scenario, engine) for scenario in scenarios):
        order = _order(scenarios, name, engine)
        if name not in COMMANDING:
            refuse_shells(order.scenarios, f"the engine {name!r}")
        try:
            engines.get(name).check(order)
        except EngineError as error:
            if engine.name != AUTO:
                raise
            first = order.scenarios[0]
            needed = f"{first.name}: {shell_of(first)} runs commands, for which the panel needs containers"
            lacking = error.message.removeprefix(f"there is no engine {name!r} here: ")
            raise EngineError(f"{needed}: {lacking}", hint=error.hint) from None


def _order(scenarios: Sequence[Scenario], name: str, engine: EngineOptions) -> Order:
    """What an engine is told: the scenarios that are tried there, and somebody in whose place others act."""
    options = replace(engine, name=name)
    tried = [scenario for scenario in scenarios if engine_for(scenario, engine) == name]
    return Order(tried, PanelAgent("nobody", _nothing), parallel=usual_parallel(options), engine=options)


async def _nothing(stand: Stand) -> None:
    """Every plan names who acts."""
