"""Ten-step scripted episodes per hour, over HTTP on two cores and in process, with ledger and digests on."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.calls import modern_call
from benchmarks.measure import RawClient, Row, cpu_seconds, request
from benchmarks.scripts import STEPS, WORLD
from benchmarks.stage import Running, stage
from sandbox_server.call import Call
from sandbox_server.path import walk
from sandbox_server.presentation import present
from sandbox_server.stage import Stage
from worlds.worldfile import plan_world
from worlds.yamlfile import Document

PARALLEL = 16
SECONDS = 6.0
MUST_HTTP = 1_000_000


async def over_http(running: Running) -> tuple[float, float]:
    """(episodes per hour, CPU microseconds of the server per episode); each episode is ten calls and a reset."""
    episodes = [await _opened(running) for _ in range(PARALLEL)]
    done = 0
    deadline = time.monotonic() + SECONDS

    async def play(paths: dict[str, str], reset: bytes) -> None:
        nonlocal done
        messages = [modern_call(paths[server], tool, arguments) for server, tool, arguments in STEPS]
        async with RawClient("127.0.0.1", running.port) as agent, RawClient("127.0.0.1", running.admin_port) as admin:
            while time.monotonic() < deadline:
                for message in messages:
                    await agent.send(message)
                await admin.send(reset)
                done += 1

    before, began = cpu_seconds(running.pid), time.monotonic()
    await asyncio.gather(*(play(paths, reset) for paths, reset in episodes))
    spent = time.monotonic() - began
    return done / spent * 3600, (cpu_seconds(running.pid) - before) * 1e6 / done


async def _opened(running: Running) -> tuple[dict[str, str], bytes]:
    opened = await _admin(running, "/admin/v1/episodes", {"world": WORLD, "clock": "virtual"})
    paths = {name: "/" + url.split("/", 3)[3] for name, url in opened["servers"].items()}
    path = f"/admin/v1/episodes/{opened['id']}/reset"
    return paths, request(path, b"{}", [("authorization", f"Bearer {running.token}")])


async def _admin(running: Running, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with RawClient("127.0.0.1", running.admin_port) as client:
        headers = [("authorization", f"Bearer {running.token}")]
        answer: dict[str, Any] = json.loads(await client.send(request(path, json.dumps(body).encode(), headers)))
    return answer


async def in_process(seconds: float) -> float:
    """Episodes per hour of one core without any transport."""
    presentation = present(plan_world(Document("benchmark", WORLD), Path()))
    scene = Stage()
    episode = scene.open(presentation)
    done, began = 0, time.process_time()
    while time.process_time() - began < seconds:
        for number, (server, tool, arguments) in enumerate(STEPS, 1):
            await walk(episode, Call(server, tool, arguments, number=number))
        await episode.reset()
        episode.ledger.entries.clear()
        done += 1
    scene.close_all()
    return done / (time.process_time() - began) * 3600


def rows() -> list[Row]:
    """The rows of the report."""
    inside = asyncio.run(in_process(3.0))
    with stage() as running:
        rate, cpu = uvloop.run(over_http(running))
    return [
        Row("ten-step episodes per hour over HTTP, 2 cores, not scored", f"{rate:,.0f}", f"{cpu:,.0f} us CPU each",
            must=f">= {MUST_HTTP:,}", met=rate >= MUST_HTTP),
        Row("the same in process, one core", f"{inside:,.0f}"),
    ]  # fmt: skip
