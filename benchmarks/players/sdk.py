"""The bare SDK, the floor: its lowlevel server with JSON answers and schemas at hand, and its own client."""

import contextlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvloop
from mcp import Client

from benchmarks.players.desk import Desks
from benchmarks.players.player import Player, obey, served

TOOLS = {
    "reset": (), "close": (), "read": ("path",), "write": ("path", "text"), "query": ("sql",),
}  # fmt: skip


class Session:
    """An episode whose name goes with every call, as there is no other place for it."""

    def __init__(self, url: str, tag: str) -> None:
        self._client = Client(url)
        self._tag = tag

    async def connect(self) -> None:
        await self._client.__aenter__()
        await self._client.list_tools()

    async def reset(self) -> None:
        await self.call("reset", {})

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        result: Any = await self._client.call_tool(tool, {"episode": self._tag, **arguments})
        if result.is_error:
            raise RuntimeError(str(result.content))
        return str(result.content[0].text)

    async def close(self) -> None:
        try:
            await self.call("close", {})
        finally:
            await self._client.__aexit__(None, None, None)


@asynccontextmanager
async def opened() -> AsyncIterator[Player]:
    """A server in a process of its own."""
    with served("benchmarks.players.sdk") as (pid, port):
        yield Player(pid, lambda tag: Session(f"http://127.0.0.1:{port}/mcp", tag))


def serve() -> None:
    """The lowlevel server; without the schemas at hand it lists its tools for every call."""
    import mcp_types as types
    from mcp.server.lowlevel import Server
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from starlette.applications import Starlette
    from starlette.routing import Route

    from benchmarks.players.listening import listen

    desks = Desks()
    schemas = {
        name: {"type": "object", "properties": {each: {"type": "string"} for each in ("episode", *words)}}
        for name, words in TOOLS.items()
    }
    tools = [types.Tool(name=name, description=name, input_schema=schema) for name, schema in schemas.items()]

    async def on_list_tools(ctx: Any, params: Any) -> Any:
        return types.ListToolsResult(tools=tools)

    async def on_call_tool(ctx: Any, params: Any) -> Any:
        text = desks.call(params.name, params.arguments)
        return types.CallToolResult(content=[types.TextContent(type="text", text=text)])

    server: Any = Server(
        "desk", version="1", on_list_tools=on_list_tools, on_call_tool=on_call_tool,
        get_tool_input_schema=schemas.get,
    )  # fmt: skip
    manager = StreamableHTTPSessionManager(app=server, json_response=True)

    class Endpoint:
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await manager.handle_request(scope, receive, send)

    @contextlib.asynccontextmanager
    async def lifespan(app: Any) -> Any:
        async with manager.run():
            yield

    listen(Starlette(routes=[Route("/mcp", Endpoint())], lifespan=lifespan))


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else uvloop.run(obey(opened()))
