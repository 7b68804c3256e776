"""Calls per second and CPU per call over streamable HTTP, against the SDK, FastMCP and bare ASGI, taking turns."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvloop

from benchmarks.measure import RawClient, Row, load, request, take_turns
from benchmarks.stage import stage

MODERN = "2026-07-28"
CONNECTIONS = 16
SECONDS = 2.0


@contextmanager
def server(name: str) -> Iterator[tuple[int, int, str]]:
    """(process id, port, path of the endpoint) of a freshly started benchmark server."""
    command = [sys.executable, "-m", f"benchmarks.servers.{name}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        first = process.stdout.readline().split()
        yield process.pid, int(first[0]), first[1] if len(first) > 1 else "/mcp"
    finally:
        process.kill()
        process.wait(10)


def modern_call(path: str, tool: str, arguments: dict[str, Any]) -> bytes:
    """A 2026-07-28 `tools/call`."""
    meta = {
        f"io.modelcontextprotocol/{key}": value
        for key, value in (("protocolVersion", MODERN), ("clientCapabilities", {}))
    }
    params = {"name": tool, "arguments": arguments, "_meta": meta}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    return request(path, body, [("mcp-protocol-version", MODERN), ("mcp-method", "tools/call"), ("mcp-name", tool)])


async def handshake_call(port: int, path: str, tool: str, arguments: dict[str, Any]) -> bytes:
    """A `tools/call` of a session that was just opened."""
    version = "2025-11-25"
    hello = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "load", "version": "1"}}
    session = await _open(port, request(path, _rpc("initialize", hello, 0)))
    headers = [("mcp-protocol-version", version), *([("mcp-session-id", session)] if session else [])]
    async with RawClient("127.0.0.1", port) as client:
        await client.send(
            request(path, json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}).encode(), headers)
        )
    return request(path, _rpc("tools/call", {"name": tool, "arguments": arguments}, 1), headers)


def _rpc(method: str, params: dict[str, Any], number: int) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode()


async def _open(port: int, message: bytes) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(message)
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    writer.close()
    return next((line.partition(":")[2].strip() for line in head.splitlines() if line.startswith("mcp-session-id")), "")


async def _check(port: int, message: bytes) -> None:
    async with RawClient("127.0.0.1", port) as client:
        answer = await client.send(message)
    assert b'"result"' in answer, answer[:300]


async def measure(connections: int = CONNECTIONS, seconds: float = SECONDS) -> dict[str, tuple[float, float]]:
    """Medians by contestant: (calls per second, CPU microseconds per call)."""
    with server("bare") as bare, stage() as running, server("lowlevel") as lowlevel, server("fast") as fast:
        ours = (running.pid, running.port, running.paths["files"])
        await asyncio.sleep(2)  # uvicorn gives no sign when it has begun to accept
        modern = [modern_call("/mcp", "noop", {"x": "a"})] * connections
        plans: dict[str, tuple[tuple[int, int, str], list[bytes]]] = {
            "bare": (bare, modern),
            "ours modern": (ours, [modern_call(ours[2], "list_allowed_directories", {})] * connections),
            "ours handshake": (ours, await _sessions(ours, "list_allowed_directories", {}, connections)),
            "sdk modern": (lowlevel, modern),
            "sdk stateful": (lowlevel, await _sessions(lowlevel, "noop", {"x": "a"}, connections)),
            "fastmcp modern": (fast, modern),
        }
        runs: dict[str, Callable[[], Awaitable[tuple[float, float]]]] = {}
        for name, (where, messages) in plans.items():
            await _check(where[1], messages[0])
            runs[name] = partial(load, "127.0.0.1", where[1], messages, pid=where[0], seconds=seconds)
        return await take_turns(runs)


async def _sessions(where: tuple[int, int, str], tool: str, arguments: dict[str, Any], count: int) -> list[bytes]:
    """A call in each of several sessions: equal request ids in flight within one are against the protocol."""
    return [await handshake_call(where[1], where[2], tool, arguments) for _ in range(count)]


def rows() -> list[Row]:
    """The rows of the report. Ratios are of CPU per call: wall time moves with the load client on the other core."""
    seen = uvloop.run(measure())
    cpu = {name: figures[1] for name, figures in seen.items()}

    def ratio(name: str, ours: str, theirs: str, must: float) -> Row:
        value = cpu[theirs] / cpu[ours]
        shown = f"{seen[ours][0]:,.0f} calls/s, {cpu[ours]:.0f} us"
        return Row(
            name, shown, f"{seen[theirs][0]:,.0f} calls/s, {cpu[theirs]:.0f} us", value, f">= {must:g}x", value >= must
        )

    share = cpu["bare"] / cpu["ours modern"]
    return [
        ratio("no-op call, modern, against the SDK's lowlevel server", "ours modern", "sdk modern", 8),
        ratio("no-op call, stateful, against the SDK's lowlevel server", "ours handshake", "sdk stateful", 6),
        ratio("no-op call, modern, against FastMCP", "ours modern", "fastmcp modern", 25),
        Row(
            "share of a constant answer from bare ASGI",
            f"{cpu['ours modern']:.0f} us",
            f"{cpu['bare']:.0f} us",
            share,
            ">= 0.6",
            share >= 0.6,
        ),
    ]
