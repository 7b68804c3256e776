"""Call one Python function with a task; what it returns is the answer.

Its words are MODULE FUNCTION FOLDER SEED TASK SERVERS ANSWER: the last three are files.
"""

import asyncio
import importlib
import inspect
import json
import sys
from collections.abc import Awaitable
from pathlib import Path
from typing import Any


def main() -> None:
    """Import the function from FOLDER or wherever Python finds it, call it, and leave the answer."""
    module, name, folder, seed, task, servers, answer = sys.argv[1:8]
    sys.path[0] = folder
    function: Any = importlib.import_module(module)
    for part in name.split("."):
        function = getattr(function, part)
    result = function(**chosen(function, Path(task), Path(servers), int(seed)))
    if inspect.isawaitable(result):
        result = asyncio.run(awaited(result))
    if result is not None:
        text = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, default=str)
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # no half characters
        Path(answer).write_text(whole, encoding="utf-8")


def chosen(function: Any, task: Path, config: Path, seed: int) -> dict[str, Any]:
    """What the function asks for, by the names of its parameters; everything if it takes everything."""
    listed = json.loads(config.read_text(encoding="utf-8"))["mcpServers"]
    given = {
        "task": task.read_text(encoding="utf-8"),
        "servers": {name: entry["url"] for name, entry in listed.items() if "url" in entry},
        "mcp_config": config,
        "seed": seed,
    }
    parameters = inspect.signature(function).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return given
    return {name: value for name, value in given.items() if name in parameters}


async def awaited(result: Awaitable[Any]) -> Any:
    """What an asynchronous function comes to."""
    return await result


if __name__ == "__main__":
    main()
