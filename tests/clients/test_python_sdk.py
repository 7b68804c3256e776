"""The Python SDK's own client, in each of its modes, over HTTP and stdio."""

import sys
from typing import Any

import mcp_types as types
import pytest
from mcp import Client, StdioServerParameters

from tests.sandbox_server.conftest import Serve

pytestmark = pytest.mark.anyio

NEWEST = "2026-07-28"
SETTLED = {
    ("python", "legacy"): "2025-11-25",
    ("python", "auto"): NEWEST,
    ("python", NEWEST): NEWEST,
    ("json", "legacy"): "2025-11-25",
    ("json", "auto"): NEWEST,
    ("json", NEWEST): NEWEST,
    ("python-1", "legacy"): "2025-11-25",
    ("python-1", "auto"): "2025-11-25",
    ("python-1", NEWEST): NEWEST,
    ("typescript", "legacy"): "2025-11-25",
    ("typescript", "auto"): "2025-11-25",
    ("typescript", NEWEST): NEWEST,
}
"""Which version each mode of the client ends up with, by the SDK that the server is built on."""


def stdio(surface: str) -> StdioServerParameters:
    return StdioServerParameters(command=sys.executable, args=["-m", "tests.sandbox_server.plain_stdio", surface])


async def use(client: Client) -> list[Any]:
    """What any client does: look at the tools, call them well and badly."""
    listed = [tool.name for tool in (await client.list_tools()).tools]
    said = [
        await client.call_tool("noop", {"x": "naïve 日本"}),
        await client.call_tool("write", {"key": "k", "text": "v"}),
        await client.call_tool("read", {"key": "k"}),
        await client.call_tool("nothing", {}),
        await client.call_tool("boom", {}),
    ]
    return [listed, *((text(result), result.is_error) for result in said)]


def text(result: types.CallToolResult) -> str:
    (block,) = result.content
    assert isinstance(block, types.TextContent)
    return block.text


USED = [
    ["noop", "write", "read", "boom", "tell", "test_simple_text"],
    ("naïve 日本", False),
    ("written", False),
    ("v", False),
    ("Unknown tool: nothing", True),
]


@pytest.mark.parametrize(("surface", "mode"), SETTLED)
async def test_each_mode_works_over_http(serve: Serve, surface: str, mode: str) -> None:
    served = await serve(surface)

    async with Client(served.url, mode=mode) as client:
        used = await use(client)
        settled = client.protocol_version

    assert used[:-1] == USED
    assert used[-1][1], "a tool that broke must be an error"
    assert "secret" not in str(used[-1])
    assert settled == SETTLED[surface, mode]


@pytest.mark.parametrize(("surface", "mode"), SETTLED)
async def test_each_mode_works_over_stdio(surface: str, mode: str) -> None:
    async with Client(stdio(surface), mode=mode) as client:
        used = await use(client)
        settled = client.protocol_version

    assert used[:-1] == USED
    assert settled == SETTLED[surface, mode]
