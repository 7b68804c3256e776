"""The SDK's own lowlevel server with the plain world's tools: the witness of how a Python server answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings

from sandbox_server.carriers.http import Listener
from tests.sandbox_server.plain import TOOLS


async def _list(context: Any, params: Any) -> types.ListToolsResult:
    return types.ListToolsResult(
        tools=[types.Tool(name=tool["name"], input_schema=tool["inputSchema"]) for tool in TOOLS]
    )


async def _call(context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
    given = params.arguments or {}
    known = params.name in {tool["name"] for tool in TOOLS}
    text = str(given.get("x", "")) if known else f"Unknown tool: {params.name}"
    return types.CallToolResult(content=[types.TextContent(text=text)], is_error=not known)


@asynccontextmanager
async def reference(*, json: bool = False) -> AsyncIterator[Listener]:
    """The witness, listening at `/mcp`."""
    server: Any = Server("plain", version="1", on_list_tools=_list, on_call_tool=_call)
    loopback = TransportSecuritySettings(
        allowed_hosts=["127.0.0.1:*", "localhost:*"], allowed_origins=["http://127.0.0.1:*", "http://localhost:*"]
    )
    manager = StreamableHTTPSessionManager(app=server, security_settings=loopback, json_response=json)
    async with manager.run(), Listener(manager.handle_request) as listener:
        yield listener
