"""A stage that runs elsewhere as a place where episodes are played."""

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import anyio
from anyio.abc import TaskGroup

from harness.agent import Agent
from harness.engine import EngineError, PlaceLost
from harness.engines.inprocess import with_own_world
from harness.episode import play_out
from harness.errors import one_error
from harness.plan import Plan
from harness.recording.states import Shelves, States
from harness.remote.admin import Admin
from harness.remote.scene import RemoteScene, Rewrite, opened_scene
from harness.remote.sent import Sender, Sent
from harness.running.broken import broken_episode
from harness.trajectory import Trajectory
from sandbox_server.errors import NotFound
from worlds.errors import Problem


def as_it_is(url: str) -> str:
    """The stage's own URL."""
    return url


class RemotePlace:
    """Plays episodes on one stage, many at once. Use as an asynchronous context manager."""

    def __init__(self, admin_url: str, admin_token: str, agent: Agent, *, rewrite: Rewrite = as_it_is) -> None:
        """`rewrite` makes of a URL of the stage's the one that the agent is given."""
        self.admin = Admin(admin_url, admin_token)
        self._agent = agent
        self._rewrite = rewrite
        self._sender = Sender(self.admin)
        self._shelves = Shelves()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.admin)
        self._stack.callback(self._shelves.close)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def give_up(self) -> None:
        """Ask nothing more of a stage that is known to be gone: its episodes end with PlaceLost at once."""
        self.admin.give_up()

    async def play(self, plan: Plan) -> Trajectory:
        """Play one episode. Raises PlaceLost where the stage died under it."""
        if plan.sieve is not None:
            raise EngineError("faults can only be sifted in this process", hint="leave --engine out")
        agent = plan.agent or self._agent
        try:
            plan = await with_own_world(plan)
            sent = await self._sender.sent(plan.prepared)
        except (EngineError, PlaceLost):
            raise
        except (Problem, OSError) as error:
            return broken_episode(plan, agent, error, "scenario")
        states = self._shelves.states_for(plan.record) if plan.record is not None else None
        with one_error():
            async with anyio.create_task_group() as group:
                scene = await self._opened(plan, agent, sent, states, group)
                played = await play_out(plan, agent, scene)
                group.cancel_scope.cancel()
        return played

    async def _opened(
        self, plan: Plan, agent: Agent, sent: Sent, states: States | None, group: TaskGroup
    ) -> RemoteScene:
        """The episode, its world brought once more where the stage has let it go."""
        try:
            return await opened_scene(plan, agent, self.admin, sent, states, self._rewrite, group)
        except NotFound:
            sent = await self._sender.sent(plan.prepared, again=True)
            return await opened_scene(plan, agent, self.admin, sent, states, self._rewrite, group)
