"""The real MotherDuck server and ours side by side, on one version of DuckDB: one call at a time, equal messages.

The package of the real server is installed without its dependencies and runs on this environment's DuckDB and FastMCP,
because it pins an older DuckDB whose own words are others.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import duckdb

from sandbox_server.call import ABSENT, Call, Reply
from sandbox_server.families.sql import SqlPresentation
from sandbox_server.families.sql.motherduck import MotherDuck, server
from sandbox_server.family import Site
from tests.fidelity.leaving import let_go
from tests.fidelity.motherduck_programs import FIXTURE
from tests.tools import require_venv
from worlds.chance import Chance
from worlds.clock import Clock, ClockState
from worlds.digest import canonical
from worlds.part import Ground
from worlds.parts.sql.kind import SqlBuilder
from worlds.parts.sql.settings import SqlSettings
from worlds.world import World

NAME = "warehouse"
START_NS = 1_772_442_000_000_000_000
Era = Literal["handshake", "modern"]
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "pair", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "pair", "version": "1"}}
_RUN = "import sys; sys.path.append(sys.argv.pop(1)); from mcp_server_motherduck import main; main()"


def package() -> Path:
    """The folder that holds the real server's package and nothing else."""
    folder = require_venv("motherduck-server", ["--no-deps", "mcp-server-motherduck==1.1.0"])
    return next((folder / "lib").glob("python*/site-packages"))


class Real:
    """The package over stdio, on a file of its own."""

    def __init__(self, folder: Path, era: Era) -> None:
        path = folder / f"{NAME}.duckdb"
        with duckdb.connect(str(path), config={"threads": 1, "async_threads": 0}) as connection:
            connection.execute(FIXTURE)
        command = [sys.executable, "-c", _RUN, str(package()), "--db-path", str(path), "--read-write"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={"HOME": str(folder), "PATH": os.environ["PATH"], "TZ": "UTC", "LANG": "C.UTF-8"},
        )  # fmt: skip
        self.era = era
        self.sent = 0
        self.hello = self.request("server/discover", {}) if era == "modern" else self.request("initialize", HELLO)
        if era == "handshake":
            self._write({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def request(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """One request; the message that answers it, without its id."""
        assert self.process.stdout
        self.sent += 1
        meta = {"_meta": META} if self.era == "modern" else {}
        self._write({"jsonrpc": "2.0", "id": self.sent, "method": method, "params": {**params, **meta}})
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        assert answer.pop("id") == self.sent
        return answer

    def close(self) -> None:
        """End the process."""
        let_go(self.process)

    def _write(self, message: Mapping[str, Any]) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()


class Ours:
    """Our server on a world of its own, without a transport."""

    def __init__(self, era: Era) -> None:
        settings = SqlSettings.model_validate({"imitates": "motherduck", "schema": FIXTURE})
        part = SqlBuilder().build(settings, Ground(Path(), Chance(1), START_NS))
        self.world = World("pair", {"duck": part}, clock=Clock(ClockState(START_NS)), chance=Chance(1))
        self.server: MotherDuck = server("duck", SqlPresentation(imitates="motherduck"), settings)
        self.surface = self.server.surface
        self.era = era

    def request(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """One request; the message that answers it, without its id."""
        reply = asyncio.run(self._answer(method, params))
        cacheable = method != "tools/call"
        if self.era == "modern" and reply.result is not None:
            info = self.surface.server_info
            reply = Reply(self.surface.fingerprint.modern_result(reply.result, info, cacheable=cacheable))
        message = self.surface.fingerprint.frame(0, reply)
        del message["id"]
        return message

    def close(self) -> None:
        """Give the world back."""
        self.world.close()

    async def _answer(self, method: str, params: Mapping[str, Any]) -> Reply:
        if method == "tools/call":
            return await self._call(params)
        if method == "tools/list":
            return Reply(
                {"tools": list((self.surface.modern_tools if self.era == "modern" else None) or self.surface.tools)}
            )
        if method in self.surface.lists:
            return Reply(dict(self.surface.lists[method]))
        site = Site(self.world, self.world.parts["duck"], self.world.attempt(method, b"{}"))
        told = await self.server.request(method, params, site)
        return told or self.surface.fingerprint.unknown_method(method)

    async def _call(self, params: Mapping[str, Any]) -> Reply:
        fingerprint = self.surface.fingerprint
        if not isinstance(params.get("name"), str):
            return fingerprint.bad_call(params)
        call = Call("duck", params["name"], params.get("arguments", ABSENT))
        tool = self.surface.by_name.get(call.tool)
        if tool is None:
            return fingerprint.unknown_tool(call.tool)
        accepted = fingerprint.accept(tool, call.arguments)
        if isinstance(accepted, Reply):
            return accepted
        self.world.clock.arrive()
        site = Site(self.world, self.world.parts["duck"], self.world.attempt(call.tool, canonical(accepted)))
        with self.world.effect("agent"):
            return await self.server.call(call, accepted, site)


def comparable(message: Mapping[str, Any]) -> str:
    """A message as text, key order kept, with prose and icon masked."""
    return json.dumps(_masked(message))


def differences(folder: Path, era: Era, requests: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """Send requests to both; what differs, in words."""
    real, ours = Real(folder, era), Ours(era)
    found = []
    try:
        for number, (method, params) in enumerate(requests):
            theirs, mine = comparable(real.request(method, params)), comparable(ours.request(method, params))
            if theirs != mine:
                found.append(f"{number}: {json.dumps(params)[:300]}\n  real {theirs[:900]}\n  ours {mine[:900]}")
    finally:
        real.close()
        ours.close()
    return found


def _masked(value: Any) -> Any:
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if not isinstance(value, dict):
        return value
    prose = ("description", "instructions", "icons")
    return {key: "..." if key in prose and not isinstance(item, dict) else _masked(item) for key, item in value.items()}
