"""HUD: rollouts placed by its in-process runtime, whose agent opens an MCP capability; telemetry is off.

One FastMCP server (the release that HUD pins) in a process of its own serves all rollouts: one per rollout is slower.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

os.environ.update(HUD_TELEMETRY_ENABLED="false", HUD_CLI_ANALYTICS_ENABLED="false")

from hud import Environment, LocalRuntime
from hud.agents.base import Agent
from hud.capabilities import Capability
from hud.eval.run import rollout

from benchmarks.players.player import Player, obey, served


class Scripted(Agent):
    """Opens the capability, hands it to whoever plays, and leaves when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.ready: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.over = asyncio.Event()

    async def __call__(self, run: Any) -> None:
        """The agent's part of a rollout."""
        self.ready.set_result(await run.client.open("mcp"))
        await self.over.wait()


class Session:
    """A rollout: provisioning, the task's start, the agent's calls, grading and teardown."""

    def __init__(self, url: str, tag: str) -> None:
        self._url, self._tag = url, tag

    async def connect(self) -> None:
        environment = Environment("desk", capabilities=[Capability.mcp(name="tools", url=self._url)])

        @environment.template(id="ten_calls")
        async def ten_calls() -> Any:
            yield "Change a note."
            yield 1.0

        task = ten_calls()
        task.slug = self._tag
        self._agent = Scripted()
        self._rollout = asyncio.create_task(
            rollout(task, self._agent, runtime=LocalRuntime(environment), job_id=self._tag)
        )
        await asyncio.wait([self._rollout, self._agent.ready], return_when=asyncio.FIRST_COMPLETED)
        if not self._agent.ready.done():
            raise RuntimeError(str((await self._rollout).trace))
        self._tools = self._agent.ready.result()
        await self._tools.list_tools()

    async def reset(self) -> None:
        await self.call("reset", {})

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        result = await self._tools.call_tool(tool, {"episode": self._tag, **arguments})
        if result.isError:
            raise RuntimeError(str(result.content))
        return str(result.content[0].text)

    async def close(self) -> None:
        try:
            await self.call("close", {})
        finally:
            self._agent.over.set()
        run = await self._rollout
        if run.reward != 1.0:
            raise RuntimeError(f"graded {run.reward}: {run.trace}")


@asynccontextmanager
async def opened() -> AsyncIterator[Player]:
    """A server for the tools in a process of its own; all else happens in this one."""
    with served("benchmarks.players.hud") as (pid, port):
        yield Player(pid, lambda tag: Session(f"http://127.0.0.1:{port}/mcp", tag))


def serve() -> None:
    """The same tools as FastMCP's driver serves."""
    from benchmarks.players.fastmcp import server
    from benchmarks.players.listening import listen

    listen(server().http_app(json_response=True))


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else asyncio.run(obey(opened()))
