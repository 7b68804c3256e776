"""An agent on the Python SDK, as a command that starts quickly: one process has the SDK ready and forks for each agent.

`serve SOCKET` waits for agents; `naive SOCKET` and `careful SOCKET` are the commands. The naive agent lets every
exception end it. The careful one opens another client and looks at what is there before it tries again. A task that
ends with `Wait N seconds for an answer.` says how patient the first client is: what is never answered need not take
long, and what is answered may take as long as the machine needs.
"""

import importlib
import json
import os
import re
import signal
import socket
import sys
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 60.0
LIFE_SECONDS_MAX = 600
PAUSE_SECONDS = 0.25
TRIES = 12
WRITTEN = "hello"
WRITE = ("write_file", {"path": "/w/out.txt", "content": WRITTEN})
READ_BACK = ("read_text_file", {"path": "/w/out.txt"})
READ_ROWS = ("read_text_file", {"path": "/w/rows.json"})


def command(how: str, path: str) -> int:
    """Have the agent acted elsewhere, and end as it ended."""
    line = socket.socket(socket.AF_UNIX)
    line.connect(path)
    given = [os.environ[name] for name in ("TASK_FILE", "MCP_CONFIG", "ANSWER_FILE")]
    line.sendall(json.dumps([how, *given]).encode() + b"\n")
    status = line.recv(1)
    return status[0] if status else 70


def serve(path: str) -> None:
    """Fork for each agent that connects."""
    for name in ("mcp", "mcp.client.streamable_http", "anyio._backends._asyncio"):
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    print("ready", flush=True)
    while True:
        line, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            line.sendall(bytes([ended(*json.loads(line.makefile().readline()))]))
            os._exit(0)
        line.close()


def ended(how: str, task: str, config: str, answer: str) -> int:
    """One agent's life; its exit status."""
    signal.alarm(LIFE_SECONDS_MAX)
    (server,) = json.loads(Path(config).read_text(encoding="utf-8"))["mcpServers"].values()
    agent = {"naive": naive, "careful": careful}[how]
    try:
        told = importlib.import_module("anyio").run(agent, server, patience(task))
    except BaseException:
        return 1
    Path(answer).write_text(told, encoding="utf-8")
    return 0


def patience(task: str) -> float:
    """For how many seconds the first client waits for an answer."""
    told = re.search(r"Wait (\d+) seconds for an answer\.$", Path(task).read_text(encoding="utf-8").strip())
    return float(told[1]) if told else PATIENCE_SECONDS


def opened(server: Any) -> Any:
    """A client of the server."""
    target = server["url"]
    return importlib.import_module("mcp").Client(target, mode="2026-07-28", read_timeout_seconds=PATIENCE_SECONDS)


async def naive(server: Any, seconds: float) -> str:
    """Do the task in three calls, and say so when one of them is refused."""
    said: list[str] = []
    async with opened(server) as client:
        for call in (WRITE, READ_BACK, READ_ROWS):
            result = await client.call_tool(*call, read_timeout_seconds=seconds)
            if result.is_error:
                return f"I could not: {result.content[0].text}"
            said.append(result.content[0].text)
    return f"{said[1]} {total(said[2])}"


async def careful(server: Any, seconds: float) -> str:
    """Do the task with one client after the other, until one of them has come to an end."""
    for number in range(TRIES):
        try:
            async with opened(server) as client:
                return await confirmed(client, PATIENCE_SECONDS if number else seconds)
        except Exception:
            await importlib.import_module("anyio").sleep(PAUSE_SECONDS)
    return "I could not."


async def confirmed(client: Any, seconds: float) -> str:
    """The answer once what is there is what should be there, and two looks at the rows agree."""
    look = ""
    for _ in range(TRIES):
        if await asked(client, READ_BACK, seconds) != WRITTEN:
            if not await asked(client, WRITE, seconds):
                await importlib.import_module("anyio").sleep(PAUSE_SECONDS)
            continue
        before, look = look, await asked(client, READ_ROWS, seconds)
        if look and look == before:
            return f"{WRITTEN} {total(look)}"
    raise TimeoutError


async def asked(client: Any, call: tuple[str, dict[str, str]], seconds: float) -> str:
    """The text of an answer, "" for one that tells a failure."""
    result = await client.call_tool(*call, read_timeout_seconds=seconds)
    return "" if result.is_error else str(result.content[0].text)


def total(text: str) -> int:
    """The sum of all amounts."""
    return sum(int(row["cents"]) for row in json.loads(text))


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    sys.exit(command(*sys.argv[1:]))
