"""How long 100 episodes wait for their calls while others make the worst calls we know, of every tool and engine.

Two figures count: the neighbours' own waits, and the longest single turn of the event loop in CPU time, which tells
what held it even where the machine has other work to do.
"""

import asyncio
import json
import statistics
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.calls import MODERN
from benchmarks.hostile import Hostile, duckdb, files, sqlite
from benchmarks.measure import Row
from benchmarks.probe import CALL, Holds, probing
from benchmarks.scripts import WORLD
from sandbox_server.arrival import Arrival
from sandbox_server.call import Call
from sandbox_server.carriers.limits import collect_rarely, switch_often
from sandbox_server.dispatcher import Dispatcher
from sandbox_server.episode import Episode
from sandbox_server.path import walk
from sandbox_server.presentation import present
from sandbox_server.stage import Stage
from worlds.worldfile import plan_world
from worlds.yamlfile import Document

NEIGHBOURS = 100
MUST_MS = 50.0
PACE_SECONDS = 0.1
LINES = 4
"""Attackers that share the calls of an engine whose statements take long."""


@dataclass
class Seen:
    """What one run came to."""

    took_ms: list[float] = field(default_factory=list)
    calls: int = 0
    holds: Holds = field(default_factory=Holds)


def world() -> dict[str, Any]:
    """The benchmark's world with a warehouse beside it."""
    warehouse = {
        "kind": "sql",
        "imitates": "motherduck",
        "schema": "CREATE TABLE sales (id INTEGER PRIMARY KEY, n INTEGER);",
    }
    return {**WORLD, "servers": {**WORLD["servers"], "warehouse": warehouse}}


def arrival(call: Hostile) -> Arrival:
    """The call as the bytes of a 2026-07-28 request."""
    meta: dict[str, Any] = {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params = {"name": call.tool, "arguments": call.arguments(), "_meta": meta}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    body = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
    headers = {
        "host": "127.0.0.1",
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": MODERN,
        "mcp-method": "tools/call",
        "mcp-name": call.tool,
    }
    return Arrival(body, "POST", [(name.encode(), value.encode()) for name, value in headers.items()])


async def seen(neighbours: int = NEIGHBOURS) -> Seen:
    """Let the attackers go through their calls once, and the neighbours live meanwhile."""
    found, stage = Seen(), Stage()
    presentation = present(plan_world(Document("neighbours", world()), Path()))
    queues = [deque((call, arrival(call)) for call in group()) for group in (files, sqlite, duckdb)]
    found.calls = sum(map(len, queues))
    collect_rarely()
    switch_often()
    over = asyncio.Event()
    with probing() as found.holds:
        living = []
        for _ in range(neighbours):
            living.append(asyncio.create_task(_live(stage.open(presentation), over)))
            await asyncio.sleep(0)
        lines = [queues[0], queues[1], *[queues[2]] * LINES]
        attacked = [stage.open(presentation).id for _ in lines]
        await asyncio.gather(*(_attack(stage.episode(id), queue) for id, queue in zip(attacked, lines, strict=True)))
        await _end(stage, attacked)
        over.set()
        for one in living:
            found.took_ms += await one
        await _end(stage, list(stage.episodes))
    return found


async def _end(stage: Stage, ids: list[str]) -> None:
    """Each episode ends in a turn of the loop of its own, as each does whose owner ends it."""
    CALL.set("the end of an episode")
    for id in ids:
        await asyncio.sleep(0)
        stage.close(id)
    await asyncio.sleep(0)


async def _attack(episode: Episode, queue: deque[tuple[Hostile, Arrival]]) -> None:
    """Each call begins in a turn of the loop of its own, as each does that a socket brings."""
    dispatcher = Dispatcher()
    while queue:
        call, asked = queue.popleft()
        await asyncio.sleep(0)
        url = episode.url(call.server, "agent")
        assert url is not None
        CALL.set(f"{call.server}.{call.label}")
        async for _ in dispatcher.dispatch(asked, url):
            pass


async def _live(episode: Episode, over: asyncio.Event) -> list[float]:
    """The pace of a busy agent: a cheap call every tenth of a second or so, waited for from when it was due."""
    CALL.set("a neighbour")
    took: list[float] = []
    loop = asyncio.get_running_loop()
    due = loop.time()
    calls = (
        Call("files", "read_text_file", {"path": "/workspace/notes/1.txt"}),
        Call("shop", "read_query", {"query": "SELECT * FROM orders WHERE id = 7"}),
        Call("shop", "write_query", {"query": "UPDATE orders SET total = total + 1 WHERE id = 7"}),
    )
    while not over.is_set():
        for call in calls:
            await walk(episode, call)
            took.append((loop.time() - due) * 1000)
            due = loop.time() + PACE_SECONDS
            await asyncio.sleep(PACE_SECONDS)
    return took


def rows() -> list[Row]:
    """The rows of the report."""
    found = asyncio.run(seen())
    took = found.took_ms
    p99 = statistics.quantiles(took, n=100)[98]
    name, longest = found.holds.worst()
    beside = f"{NEIGHBOURS} episodes beside {found.calls} of the worst calls"
    must = f"<= {MUST_MS:g} ms"
    details = {"longest turns": found.holds.listed(above_ms=10)}
    return [
        Row(f"p99 of {len(took):,} calls of {beside}", f"{p99:.1f} ms", f"longest {max(took):.0f} ms", None, must,
            p99 <= MUST_MS),
        Row("the loop's longest turn in CPU time", f"{longest:.0f} ms", name, None, must, longest <= MUST_MS, details),
    ]  # fmt: skip
