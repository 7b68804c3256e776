"""FastMCP: its server over streamable HTTP with JSON answers, and its own client."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvloop
from fastmcp import Client, FastMCP

from benchmarks.players.desk import Desks
from benchmarks.players.player import Player, obey, served


class Session:
    """An episode whose name goes with every call, as there is no other place for it."""

    def __init__(self, url: str, tag: str) -> None:
        self._client: Any = Client(url)
        self._tag = tag

    async def connect(self) -> None:
        await self._client.__aenter__()
        await self._client.list_tools()

    async def reset(self) -> None:
        await self.call("reset", {})

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        result = await self._client.call_tool(tool, {"episode": self._tag, **arguments})
        return str(result.content[0].text)

    async def close(self) -> None:
        try:
            await self.call("close", {})
        finally:
            await self._client.__aexit__(None, None, None)


@asynccontextmanager
async def opened() -> AsyncIterator[Player]:
    """A server in a process of its own."""
    with served("benchmarks.players.fastmcp") as (pid, port):
        yield Player(pid, lambda tag: Session(f"http://127.0.0.1:{port}/mcp", tag))


def server() -> Any:
    """The five tools on worlds by episode."""
    desks, made = Desks(), FastMCP("desk")

    @made.tool
    def reset(episode: str) -> str:
        """Give the episode its first state."""
        return desks.reset(episode)

    @made.tool
    def close(episode: str) -> str:
        """Forget the episode."""
        return desks.close(episode)

    @made.tool
    def read(episode: str, path: str) -> str:
        """Read a file."""
        return desks.call("read", {"episode": episode, "path": path})

    @made.tool
    def write(episode: str, path: str, text: str) -> str:
        """Write a file."""
        return desks.call("write", {"episode": episode, "path": path, "text": text})

    @made.tool
    def query(episode: str, sql: str) -> str:
        """Run a statement."""
        return desks.call("query", {"episode": episode, "sql": sql})

    return made


def serve() -> None:
    """Serve over streamable HTTP."""
    from benchmarks.players.listening import listen

    listen(server().http_app(json_response=True))


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else uvloop.run(obey(opened()))
