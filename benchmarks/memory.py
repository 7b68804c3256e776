"""Memory per idle open episode, with files and SQLite touched once."""

import asyncio
import gc
from pathlib import Path

from benchmarks.measure import Row, resident_bytes
from benchmarks.scripts import STEPS, WORLD
from sandbox_server.call import Call
from sandbox_server.path import walk
from sandbox_server.presentation import present
from sandbox_server.stage import Stage
from worlds.worldfile import plan_world
from worlds.yamlfile import Document

EPISODES = 400
MUST_BYTES = 1 << 20


async def resident_per_episode(count: int) -> float:
    """Bytes that one more open episode costs, after it answered ten calls."""
    stage = Stage()
    presentation = present(plan_world(Document("benchmark", WORLD), Path()))
    await _live(stage, presentation, 50)
    gc.collect()
    before = resident_bytes()
    await _live(stage, presentation, count)
    gc.collect()
    spent = resident_bytes() - before
    stage.close_all()
    return spent / count


async def _live(stage: Stage, presentation, count: int) -> None:  # type: ignore[no-untyped-def]
    for _ in range(count):
        episode = stage.open(presentation)
        for number, (server, tool, arguments) in enumerate(STEPS, 1):
            await walk(episode, Call(server, tool, arguments, number=number))


def rows() -> list[Row]:
    """The rows of the report."""
    spent = asyncio.run(resident_per_episode(EPISODES))
    name = f"idle open episode after ten calls ({EPISODES} of them)"
    return [Row(name, f"{spent / 1024:,.0f} KB", must="<= 1 MB", met=spent <= MUST_BYTES)]
