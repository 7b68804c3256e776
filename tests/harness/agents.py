"""Agents that tests run as commands: small Python programs that speak the protocol with nothing but the library."""

import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

PRELUDE = """
import json, os, signal, subprocess, sys, time, urllib.request

def call(tool, **arguments):
    url = json.load(open(os.environ["MCP_CONFIG"]))["mcpServers"]["files"]["url"]
    head = {"content-type": "application/json", "accept": "application/json, text/event-stream"}

    def post(message):
        request = urllib.request.Request(url, json.dumps(message).encode(), head)
        with urllib.request.urlopen(request, timeout=120) as answer:
            if answer.headers.get("mcp-session-id"):
                head["mcp-session-id"] = answer.headers["mcp-session-id"]
            text = answer.read().decode()
        lines = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
        return json.loads(lines[-1] if lines else text or "null")

    if "session" not in globals():
        info = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
        post({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": info})
        head["mcp-protocol-version"] = "2025-11-25"
        post({"jsonrpc": "2.0", "method": "notifications/initialized"})
        globals()["session"] = dict(head)
    head.update(session)
    params = {"name": tool, "arguments": arguments}
    return post({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})["result"]

def answer(text):
    open(os.environ["ANSWER_FILE"], "w").write(text)
"""


_STARTS: Final = 20
"""How many times longer than a start a limit is that an agent's start must not reach."""
_MINUTES_MIN: Final = 0.05


def soon_minutes(folder: Path) -> float:
    """Minutes in which an agent surely begins, and that are as soon over as this machine allows at the moment."""
    path = folder / "start.py"
    path.write_text(PRELUDE, encoding="utf-8")
    began = time.monotonic()
    subprocess.run([sys.executable, str(path)], check=True)
    return max(_MINUTES_MIN, _STARTS * (time.monotonic() - began) / 60)


def agent(folder: Path, body: str, arguments: str = "", python: str = sys.executable) -> str:
    """A command line that runs a body after the prelude."""
    path = folder / "agent.py"
    path.write_text(PRELUDE + body, encoding="utf-8")
    return f"{shlex.quote(python)} {shlex.quote(str(path))} {arguments}".strip()
