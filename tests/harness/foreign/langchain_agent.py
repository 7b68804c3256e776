"""LangChain's agent over its MCP adapters, with any OpenAI-style endpoint as its model."""

import asyncio
import json
import os
from pathlib import Path

from langchain.agents import create_agent
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_openai import ChatOpenAI


async def act(task: str, url: str) -> str:
    client = MultiServerMCPClient({"files": {"transport": "streamable_http", "url": url}})
    agent = create_agent(ChatOpenAI(model="m"), await client.get_tools())
    result = await agent.ainvoke({"messages": [{"role": "user", "content": task}]})
    return str(result["messages"][-1].content)


servers = json.loads(Path(os.environ["MCP_CONFIG"]).read_text())["mcpServers"]
answer = asyncio.run(act(Path(os.environ["TASK_FILE"]).read_text(), servers["files"]["url"]))
Path(os.environ["ANSWER_FILE"]).write_text(answer)
