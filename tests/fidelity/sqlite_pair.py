"""The real SQLite server and ours side by side: one line at a time, comparable answers."""

import asyncio
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox_server.arrival import LINE, Arrival
from sandbox_server.connection import Connection
from sandbox_server.dispatcher import Dispatcher
from sandbox_server.episode import Episode
from sandbox_server.presentation import present
from tests.fidelity.leaving import let_go
from tests.tools import require_venv
from worlds.worldfile import plan_world
from worlds.yamlfile import Document

PACKAGES = ("mcp<2", "mcp-server-sqlite==2025.4.25")
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "pair", "version": "1"}}
Message = dict[str, Any]


class Real:
    """The package over stdio, on an empty database."""

    def __init__(self, folder: Path) -> None:
        venv = require_venv("sqlite-server", PACKAGES)
        asked = [str(venv / "bin" / "python"), "-c", "import sqlite3; print(sqlite3.sqlite_version)"]
        self.version = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
        self.process = subprocess.Popen(
            [str(venv / "bin" / "mcp-server-sqlite"), "--db-path", str(folder / "pair.db")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "TZ": "UTC", "LANG": "C.UTF-8"},
        )  # fmt: skip

    def ask(self, message: Message) -> list[bytes]:
        """The lines up to the one that answers a message."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
        lines: list[bytes] = []
        while "id" in message and (not lines or json.loads(lines[-1]).get("id") != message["id"]):
            lines.append(self.process.stdout.readline().rstrip(b"\n"))
            assert lines[-1], "the real server ended"
        return lines

    def close(self) -> None:
        """End the process."""
        let_go(self.process)


class Ours:
    """Our server on an empty database, spoken to as over stdio."""

    def __init__(self, version: str) -> None:
        older = tuple(map(int, version.split("."))) < (3, 43)
        entry = {"kind": "sql", "imitates": "sqlite", "sqlite": "3.40" if older else "newest"}
        document = Document("pair.yaml", {"soundstage": 1, "world": "pair", "servers": {"db": entry}})
        presentation = present(plan_world(document, Path()))
        self.episode = Episode("pair", presentation, presentation.world.fork())
        self._line = Connection(self.episode, "db")
        self._dispatcher = Dispatcher()
        self._runner = asyncio.Runner()

    def ask(self, message: Message) -> list[bytes]:
        """The lines that answer a message."""
        return self._runner.run(self._ask(Arrival(json.dumps(message).encode(), LINE)))

    async def _ask(self, arrival: Arrival) -> list[bytes]:
        deliveries = [delivery async for delivery in self._dispatcher.dispatch(arrival, self._line)]
        return [line for delivery in deliveries for line in delivery.body.split(b"\n") if line]

    def close(self) -> None:
        """Give the world back."""
        self.episode.close()
        self._runner.close()


def differences(requests: Sequence[tuple[str, Any]], folder: Path) -> list[str]:
    """Send requests (method and params) to both; what differs, in words. Descriptions and our own prompt may."""
    real = Real(folder)
    ours = Ours(real.version)
    found = []
    try:
        for number, (method, params) in enumerate([("initialize", HELLO), *requests]):
            message = {
                "jsonrpc": "2.0",
                "id": number,
                "method": method,
                **({} if params is None else {"params": params}),
            }
            theirs, mine = (_shown(method, side.ask(message)) for side in (real, ours))
            if theirs != mine:
                found.append(
                    f"{number} {method} {json.dumps(params)[:300]}\n  real {theirs[:600]}\n  ours {mine[:600]}"
                )
            if number == 0:
                for side in (real, ours):
                    side.ask({"jsonrpc": "2.0", "method": "notifications/initialized"})
    finally:
        real.close()
        ours.close()
    return found


def _shown(method: str, lines: list[bytes]) -> str:
    messages = [json.loads(line) for line in lines]
    if method.endswith("/list"):
        return json.dumps([_without_prose(message) for message in messages])
    if method == "prompts/get" and "result" in messages[-1]:
        messages[-1]["result"]["messages"][0]["content"]["text"] = ""
    return json.dumps(messages)


def _without_prose(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_prose(item) for item in value]
    if isinstance(value, dict):
        return {key: "" if key == "description" else _without_prose(item) for key, item in value.items()}
    return value
