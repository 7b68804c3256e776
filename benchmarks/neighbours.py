"""How long 100 episodes wait for their calls while others run the worst statements we know, on either engine."""

import asyncio
import statistics
import time
from pathlib import Path
from typing import Any

from benchmarks.measure import Row
from benchmarks.scripts import WORLD
from sandbox_server.call import Call
from sandbox_server.episode import Episode
from sandbox_server.path import walk
from sandbox_server.presentation import present
from sandbox_server.stage import Stage
from worlds.worldfile import plan_world
from worlds.yamlfile import Document

NEIGHBOURS = 100
SECONDS = 12.0
MUST_MS = 50.0
SQLITE_BOMBS = (
    "SELECT count(*) FROM orders a, orders b, orders c, orders d",
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c",
    "SELECT instr(hex(zeroblob(400000000)), 'x')",
    "SELECT length(replace(hex(zeroblob(50000000)), '0', 'yyyyyyyyyyyyyyyyyyyyyyyy'))",
    "SELECT printf('%.*c', 900000000, 'x')",
    "SELECT group_concat(a.note || b.note) FROM orders a, orders b, orders c",
    "SELECT 1 WHERE hex(zeroblob(200000)) LIKE '%0%0%0%0%0%0%0%0%0%0%0%0%0%0%1'",
    "SELECT randomblob(1000000000)",
    "SELECT json_array_length('[' || replace(hex(zeroblob(10000000)), '0', '1,') || '1]')",
    "SELECT * FROM orders a, orders b",
    "SELECT sum(length(a.note)) FROM orders a, orders b ORDER BY random()",
)
DUCKDB_BOMBS = (
    "SELECT count(*) FROM range(100000000) a, range(100000000) b",
    "SELECT list_sort(list(i)) FROM range(100000000) t(i)",
    "SELECT length(repeat('x', 2000000000))",
    "SELECT levenshtein(repeat('a', 80000), repeat('b', 80000))",
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c",
    "CREATE TABLE big AS SELECT range AS i, repeat('x', 100) AS t FROM range(1000000000)",
    "SELECT string_agg(i::VARCHAR, ',') FROM range(500000000) t(i)",
)


def world() -> dict[str, Any]:
    """The benchmark's world with a warehouse beside it."""
    warehouse = {
        "kind": "sql",
        "imitates": "motherduck",
        "schema": "CREATE TABLE sales (id INTEGER PRIMARY KEY, n INTEGER);",
    }
    return {**WORLD, "servers": {**WORLD["servers"], "warehouse": warehouse}}


async def waits_ms(seconds: float = SECONDS, neighbours: int = NEIGHBOURS) -> tuple[list[float], int]:
    """(milliseconds that the neighbours' calls took, how many bombs went off meanwhile)."""
    stage = Stage()
    presentation = present(plan_world(Document("neighbours", world()), Path()))
    deadline = time.monotonic() + seconds
    bombs = 0

    async def attack(server: str, tool: str, argument: str, statements: tuple[str, ...]) -> None:
        nonlocal bombs
        episode = stage.open(presentation)
        while time.monotonic() < deadline:
            await walk(episode, Call(server, tool, {argument: statements[bombs % len(statements)]}))
            bombs += 1

    attackers = [
        asyncio.create_task(attack("shop", "read_query", "query", SQLITE_BOMBS)),
        asyncio.create_task(attack("warehouse", "execute_query", "sql", DUCKDB_BOMBS)),
    ]
    took = await asyncio.gather(*(_live(stage.open(presentation), deadline) for _ in range(neighbours)))
    await asyncio.gather(*attackers)
    stage.close_all()
    return [ms for one in took for ms in one], bombs


async def _live(episode: Episode, deadline: float) -> list[float]:
    """The pace of a busy agent: a cheap call every tenth of a second or so."""
    took = []
    calls = (
        Call("files", "read_text_file", {"path": "/workspace/notes/1.txt"}),
        Call("shop", "read_query", {"query": "SELECT * FROM orders WHERE id = 7"}),
        Call("shop", "write_query", {"query": "UPDATE orders SET total = total + 1 WHERE id = 7"}),
    )
    while time.monotonic() < deadline:
        for call in calls:
            began = time.monotonic()
            await walk(episode, call)
            took.append((time.monotonic() - began) * 1000)
            await asyncio.sleep(0.1)
    return took


def rows() -> list[Row]:
    """The rows of the report."""
    took, bombs = asyncio.run(waits_ms())
    p99 = statistics.quantiles(took, n=100)[98]
    name = f"p99 of {len(took):,} calls of {NEIGHBOURS} episodes while {bombs} bombs go off"
    return [Row(name, f"{p99:.1f} ms", f"longest {max(took):.0f} ms", must=f"<= {MUST_MS:g} ms", met=p99 <= MUST_MS)]
