"""Calls per second and CPU per call over streamable HTTP, against the SDK, FastMCP and bare ASGI, taking turns.

Ratios are of the serving processes' CPU time per call: wall time moves with the load client and with whatever else the
machine does. CPU time moves too, if less, so the contestants take turns of a tenth of a second, and what a round of
sixteen turns each costs one is set against what the same round costs another. A round sums up all its turns, slow ones
and garbage collections included; the ratio that is reported is the median over the rounds, which favours nobody.
"""

import asyncio
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import uvloop

from benchmarks.measure import Contestant, RawClient, Row, Spent, request, take_turns
from benchmarks.stage import stage

MODERN = "2026-07-28"
CONNECTIONS = 16
ROUNDS, TURNS, TURN_S = 5, 16, 0.1
SHARE = 0.6


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


async def measure() -> list[dict[str, Spent]]:
    """What the calls of each round cost each contestant."""
    with server("bare") as bare, stage() as running, server("lowlevel") as lowlevel, server("fast") as fast:
        ours = (running.pid, running.port, running.paths["files"])
        await asyncio.sleep(2)  # uvicorn gives no sign when it has begun to accept
        modern = [modern_call("/mcp", "noop", {"x": "a"})] * CONNECTIONS
        plans: dict[str, tuple[tuple[int, int, str], list[bytes]]] = {
            "bare": (bare, modern),
            "ours modern": (ours, [modern_call(ours[2], "list_allowed_directories", {})] * CONNECTIONS),
            "ours handshake": (ours, await _sessions(ours, "list_allowed_directories", {})),
            "sdk modern": (lowlevel, modern),
            "sdk stateful": (lowlevel, await _sessions(lowlevel, "noop", {"x": "a"})),
            "fastmcp modern": (fast, modern),
        }
        async with AsyncExitStack() as stack:
            contestants = {}
            for name, ((pid, port, _), messages) in plans.items():
                await _check(port, messages[0])
                contestants[name] = await stack.enter_async_context(Contestant(pid, port, messages))
            return await take_turns(contestants, rounds=ROUNDS, turns=TURNS, seconds=TURN_S)


async def _sessions(where: tuple[int, int, str], tool: str, arguments: dict[str, Any]) -> list[bytes]:
    """A call in each of several sessions: equal request ids in flight within one are against the protocol."""
    return [await handshake_call(where[1], where[2], tool, arguments) for _ in range(CONNECTIONS)]


def rows() -> list[Row]:
    """The rows of the report."""
    seen = uvloop.run(measure())
    must = f">= {SHARE:g}"
    share = _ratio(seen, "ours modern", "bare")
    return [
        _row("no-op call, modern, against the SDK's lowlevel server", seen, ("ours modern", "sdk modern"), 8),
        _row("no-op call, stateful, against the SDK's lowlevel server", seen, ("ours handshake", "sdk stateful"), 6),
        _row("no-op call, modern, against FastMCP", seen, ("ours modern", "fastmcp modern"), 25),
        Row(
            "share of a constant answer from bare ASGI",
            f"{_cpu_us(seen, 'ours modern'):.0f} us",
            f"{_cpu_us(seen, 'bare'):.0f} us",
            share,
            must,
            share >= SHARE,
        ),
    ]


def _row(name: str, seen: list[dict[str, Spent]], pair: tuple[str, str], must: float) -> Row:
    """How many times as much CPU a call costs theirs as ours, `pair` being (ours, theirs)."""
    value = _ratio(seen, *pair)
    ours, theirs = (f"{_rate(seen, side):,.0f} calls/s, {_cpu_us(seen, side):.0f} us" for side in pair)
    return Row(name, ours, theirs, value, f">= {must:g}x", value >= must)


def _ratio(seen: list[dict[str, Spent]], ours: str, theirs: str) -> float:
    return statistics.median(spent[theirs].cpu_us / spent[ours].cpu_us for spent in seen)


def _cpu_us(seen: list[dict[str, Spent]], name: str) -> float:
    return statistics.median(spent[name].cpu_us for spent in seen)


def _rate(seen: list[dict[str, Spent]], name: str) -> float:
    return statistics.median(spent[name].rate for spent in seen)
