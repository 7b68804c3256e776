"""FastMCP's client, which is no agent: it makes the calls of the file that SCRIPT names."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from fastmcp import Client


async def act(url: str, calls: Any) -> None:
    async with Client(url) as client:
        for name, arguments in calls:
            await client.call_tool(name, arguments)


script = json.loads(Path(os.environ["SCRIPT"]).read_text())
servers = json.loads(Path(os.environ["MCP_CONFIG"]).read_text())["mcpServers"]
asyncio.run(act(servers["files"]["url"], script["calls"]))
Path(os.environ["ANSWER_FILE"]).write_text(script["answer"])
