"""Inspect's agent with its own scripted model: it takes its turns from the file that SCRIPT names."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import tiktoken


class _Letters:
    """Counts tokens without fetching a vocabulary."""

    def encode(self, text: str, **settings: object) -> list[int]:
        return list(text.encode())


def letters(*names: str) -> Any:
    return _Letters()


for name in ("get_encoding", "encoding_for_model"):
    setattr(tiktoken, name, letters)

from inspect_ai import Task, eval  # noqa: E402  tiktoken has to be replaced first
from inspect_ai.agent import react  # noqa: E402
from inspect_ai.dataset import Sample  # noqa: E402
from inspect_ai.model import ModelOutput, get_model  # noqa: E402
from inspect_ai.tool import mcp_server_http, mcp_tools  # noqa: E402

script = json.loads(Path(os.environ["SCRIPT"]).read_text())
outputs = [ModelOutput.for_tool_call("mockllm/model", name, arguments) for name, arguments in script["calls"]]
outputs.append(ModelOutput.for_tool_call("mockllm/model", "submit", {"answer": script["answer"]}))
servers = json.loads(Path(os.environ["MCP_CONFIG"]).read_text())["mcpServers"]
task = Task(
    dataset=[Sample(input=Path(os.environ["TASK_FILE"]).read_text())],
    solver=react(tools=[mcp_tools(mcp_server_http(url=servers["files"]["url"], timeout=60))]),
)
with tempfile.TemporaryDirectory() as folder:
    model = get_model("mockllm/model", custom_outputs=outputs)
    [log] = eval(task, model=model, display="none", log_dir=folder)
    if log.status != "success" or not log.samples:
        raise SystemExit(str(log.error))
    Path(os.environ["ANSWER_FILE"]).write_text(
        log.samples[0].output.completion.rpartition("\n")[2]
    )  # read from the folder only now
