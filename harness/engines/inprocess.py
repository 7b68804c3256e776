"""Play episodes in this process, side by side: the quickest, and what every other engine is compared with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import ClassVar

import anyio.to_thread

from harness.agent import Agent, address_of
from harness.engine import engines
from harness.episode import run_episode
from harness.plan import Plan
from harness.recording.run_folder import RunFolder
from harness.running.broken import broken_episode
from harness.running.order import Order
from harness.serving.house import House, opened_house
from harness.staging.prepared import Builder
from harness.trajectory import Trajectory


@engines.register("inprocess")
class InProcess:
    """All episodes share one stage; nothing leads from one to another."""

    retries: ClassVar[int] = 0
    """What breaks here would most likely break again."""

    def check(self, order: Order) -> None:
        """Accept everything."""

    @asynccontextmanager
    async def opened(self, order: Order, folder: RunFolder | None) -> AsyncIterator["InProcessPlace"]:
        """A stage for the run, with a listener where agents act outside of this process. Raises OSError."""
        async with opened_house(address_of(order.agent) if order.agent.where == "outside" else None) as house:
            yield InProcessPlace(order.agent, house)


@dataclass(frozen=True, slots=True)
class InProcessPlace:
    """A stage in this process."""

    agent: Agent
    house: House

    async def play(self, plan: Plan) -> Trajectory:
        """Play one episode."""
        agent = plan.agent or self.agent
        try:
            plan = await with_own_world(plan)
        except Exception as error:
            return broken_episode(plan, agent, error, "scenario")
        return await run_episode(plan, agent, self.house)


async def with_own_world(plan: Plan) -> Plan:
    """The plan on the world of its seed: the one that was built, or one of its own. Raises FileProblem."""
    if plan.seeds.world == plan.prepared.presentation.seed:
        return plan
    prepared = await anyio.to_thread.run_sync(Builder().prepare, plan.prepared.scenario, plan.seeds.world)
    return replace(plan, prepared=prepared)
