"""An agent on the OpenAI Agents SDK: every server is opened, and the runner does the rest.

    pip install openai-agents
    soundstage run bookshop --agent "python examples/agents/openai_agents_agent.py"

MODEL chooses another model; `--gateway` records what it is asked and what it thinks.
"""

import asyncio
import json
import os
from contextlib import AsyncExitStack
from pathlib import Path

from agents import Agent, Runner, set_tracing_disabled
from agents.mcp import MCPServerStreamableHttp

PATIENCE_SECONDS = 60


async def act(task: str, servers: dict[str, dict[str, str]]) -> str:
    """Do the task and return the answer."""
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(
                MCPServerStreamableHttp(
                    {"url": server["url"]}, name=name, client_session_timeout_seconds=PATIENCE_SECONDS
                )
            )
            for name, server in servers.items()
        ]
        agent = Agent(
            name="Clerk",
            model=os.environ.get("MODEL", "gpt-5-mini"),
            mcp_servers=opened,
            mcp_config={"include_server_in_tool_names": True},
        )
        return str((await Runner.run(agent, task, max_turns=50)).final_output)


def main() -> None:
    """Read the task, do it, leave the answer."""
    set_tracing_disabled(True)  # traces would be sent to OpenAI
    task = Path(os.environ["TASK_FILE"]).read_text(encoding="utf-8")
    servers = json.loads(Path(os.environ["MCP_CONFIG"]).read_text(encoding="utf-8"))["mcpServers"]
    Path(os.environ["ANSWER_FILE"]).write_text(asyncio.run(act(task, servers)), encoding="utf-8")


if __name__ == "__main__":
    main()
