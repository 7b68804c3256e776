"""FastMCP's client, which talks 2026-07-28 by default."""

import pytest
from fastmcp import Client

from tests.sandbox_server.conftest import Serve

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("surface", ["python", "json", "python-1", "typescript"])
async def test_tools_are_listed_and_called(serve: Serve, surface: str) -> None:
    served = await serve(surface)

    async with Client(served.url) as client:
        listed = [tool.name for tool in await client.list_tools()]
        said = await client.call_tool("noop", {"x": "日本"})
        unknown = await client.call_tool("nothing", {}, raise_on_error=False)

    assert "noop" in listed
    assert said.content[0].text == "日本"
    assert unknown.is_error
