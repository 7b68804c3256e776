"""OpenEnv: an MCP environment for each WebSocket session, many sessions in a server, and its own MCP client."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvloop
from openenv.core.mcp_client import MCPToolClient

from benchmarks.players.desk import Desk
from benchmarks.players.player import Player, obey, served

SESSIONS_MAX = 4_096


class Session:
    """An episode is a connection: the server makes an environment for each."""

    def __init__(self, url: str) -> None:
        self._client = MCPToolClient(base_url=url)

    async def connect(self) -> None:
        await self._client.__aenter__()

    async def reset(self) -> None:
        await self._client.reset()
        await self._client.list_tools()

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        return str(await self._client.call_tool(tool, **arguments))

    async def close(self) -> None:
        await self._client.__aexit__(None, None, None)


@asynccontextmanager
async def opened() -> AsyncIterator[Player]:
    """A server in a process of its own."""
    with served("benchmarks.players.openenv") as (pid, port):
        yield Player(pid, lambda tag: Session(f"http://127.0.0.1:{port}"))


def environment() -> type:
    """An environment with a desk of its own, whose tools are on a FastMCP server as its documentation shows."""
    from fastmcp import FastMCP
    from openenv.core.env_server.mcp_environment import MCPEnvironment
    from openenv.core.env_server.types import Observation, State

    class DeskEnvironment(MCPEnvironment):
        """Files and orders."""

        SUPPORTS_CONCURRENT_SESSIONS = True

        def __init__(self) -> None:
            self.desk: Any = None
            server = FastMCP("desk")

            @server.tool
            def read(path: str) -> str:
                """Read a file."""
                return str(self.desk.read(path))

            @server.tool
            def write(path: str, text: str) -> str:
                """Write a file."""
                return str(self.desk.write(path, text))

            @server.tool
            def query(sql: str) -> str:
                """Run a statement."""
                return str(self.desk.query(sql))

            super().__init__(server)

        def reset(self, seed: Any = None, episode_id: Any = None, **_: Any) -> Any:
            self.close_desk()
            self.desk = Desk()
            return Observation(done=False, reward=0.0)

        def close_desk(self) -> None:
            if self.desk is not None:
                self.desk.close()
                self.desk = None

        def close(self) -> None:
            self.close_desk()
            super().close()

        def _step_impl(self, action: Any, timeout_s: Any = None, **_: Any) -> Any:
            raise ValueError("only tools can be called")

        @property
        def state(self) -> Any:
            return State(episode_id="desk", step_count=0)

    return DeskEnvironment


def serve() -> None:
    """Serve as many sessions as are asked for."""
    from openenv.core.env_server.http_server import create_app
    from openenv.core.env_server.mcp_types import CallToolAction, CallToolObservation

    from benchmarks.players.listening import listen

    listen(create_app(environment(), CallToolAction, CallToolObservation, max_concurrent_envs=SESSIONS_MAX))


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else uvloop.run(obey(opened()))
