"""An agent on Pydantic AI: every server becomes a toolset, and the framework does the rest.

    pip install "pydantic-ai-slim[mcp,openai]"
    soundstage run bookshop --agent "python examples/agents/pydantic_ai_agent.py"

MODEL chooses another model; `--gateway` records what it is asked and what it thinks.
"""

import asyncio
import json
import os
from pathlib import Path

from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset


async def act(task: str, servers: dict[str, dict[str, str]]) -> str:
    """Do the task and return the answer."""
    toolsets = [MCPToolset(server["url"]).prefixed(name) for name, server in servers.items()]
    agent = Agent(os.environ.get("MODEL", "openai-chat:gpt-5-mini"), toolsets=toolsets)
    return (await agent.run(task)).output


def main() -> None:
    """Read the task, do it, leave the answer."""
    task = Path(os.environ["TASK_FILE"]).read_text(encoding="utf-8")
    servers = json.loads(Path(os.environ["MCP_CONFIG"]).read_text(encoding="utf-8"))["mcpServers"]
    Path(os.environ["ANSWER_FILE"]).write_text(asyncio.run(act(task, servers)), encoding="utf-8")


if __name__ == "__main__":
    main()
