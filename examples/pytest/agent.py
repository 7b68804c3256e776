"""A small agent without a model: it changes one line of a file, and reads again what failed."""

from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

FILE = "/workspace/hours.txt"
TRIES_MAX = 3


async def open_on_sundays(url: str) -> str:
    """Bring the opening hours up to date over one MCP server; returns what there is to say."""
    async with streamable_http_client(url) as (read, write, *_), ClientSession(read, write) as session:
        await session.initialize()
        for _ in range(TRIES_MAX):
            found = await session.call_tool("read_text_file", {"path": FILE})
            if not found.is_error:
                break
        else:
            return "The file cannot be read."
        text = found.content[0].text.replace("closed", "11:00 to 17:00")
        await session.call_tool("write_file", {"path": FILE, "content": text})
    return "done"
