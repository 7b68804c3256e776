"""Ten-step scripted episodes over HTTP whose trajectories and states are written and which are scored."""

import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import orjson

from benchmarks.calls import modern_call
from benchmarks.measure import RawClient, Row, cpu_seconds
from benchmarks.scripts import STEPS, WORLD
from harness.agent import Assignment
from harness.running.begin import carry_out, new_run
from harness.running.order import Order
from harness.scenario import Scenario
from harness.staging.suite import collect
from harness.trajectory import Departure, Isolation
from worlds.clock import Mode

WARM_UP = 20
EPISODES = 300
PARALLEL = 8
CORES = 2
MUST = 200_000
SCENARIO = {
    "soundstage": 1,
    "task": "Change a note, correct an order, add another one, and leave a new file.",
    "world": WORLD,
    "success": {
        "corrected": {"sql": "select total from shop.orders where id = 7", "is": 9.75},
        "added": {"sql": "select count(*) from shop.orders where id = 5001", "is": 1},
        "others_left": {"sql": "select count(*) from shop.orders o join before.shop.orders b using (id)", "is": 1000},
        "new_file": {"file": "/workspace/new.txt", "is": "a new file\n"},
        "looked": {"calls": {"tool": "files.list_directory"}},
    },
    "guard": {"may_change": ["shop.orders[*]", "files:/workspace/**"]},
}


class Scripted:
    """Makes the ten calls over HTTP with as little work of its own as possible."""

    kind = "scripted"
    spec = "scripted"
    clock: Mode = "virtual"
    where: Literal["process", "outside"] = "outside"
    isolation: Isolation = "none"
    unrecorded: tuple[str, ...] = ()

    def check(self, scenario: Scenario) -> None:
        """Nothing to refuse."""

    async def act(self, assignment: Assignment) -> Departure:
        """Make the calls, one after the other on one connection."""
        urls = {name: urlsplit(url) for name, url in assignment.servers.items()}
        port = next(iter(urls.values())).port
        assert port is not None
        async with RawClient("127.0.0.1", port) as client:
            for server, tool, arguments in STEPS:
                await client.send(modern_call(urls[server].path, tool, arguments))
        return Departure(how="finished", answer="done")


def rows() -> list[Row]:
    """The rows of the report."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scored.yaml"
        file.write_bytes(orjson.dumps(SCENARIO))
        _run(file, Path(folder) / "warm", WARM_UP)
        before, began = _all_cpu_seconds(), time.monotonic()
        _run(file, Path(folder) / "run", EPISODES)
        cpu, wall = _all_cpu_seconds() - before, time.monotonic() - began
        size = sum(path.stat().st_size for path in (Path(folder) / "run/states").iterdir())
    rate = EPISODES / cpu * CORES * 3600
    must_ms = CORES * 3600 / MUST * 1e3
    return [
        Row(f"ten-step episodes per hour over HTTP, {CORES} cores busy, recorded, states kept and scored",
            f"{rate:,.0f}", f"{cpu / EPISODES * 1e3:.1f} ms CPU each, client included; {wall / EPISODES * 1e3:.1f} ms "
            f"wall; {size / EPISODES / 1e3:.1f} KB of states each", must=f">= {MUST:,} ({must_ms:g} ms)",
            met=rate >= MUST),
    ]  # fmt: skip


def _run(file: Path, out: Path, episodes: int) -> None:
    order = Order(collect([str(file)]), Scripted(), trials=episodes, parallel=PARALLEL, paths=(str(file),))
    run = new_run(order, out)
    carry_out(run, heed_signals=False)
    outcomes = {summary.outcome for summary in run.result.summaries}
    assert outcomes == {"success"}, run.result.summaries[0]


def _all_cpu_seconds() -> float:
    """CPU seconds of this process and of those that it started, which answer queries."""
    found = time.process_time()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError):
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                found += cpu_seconds(int(entry.name)) if int(stat[1]) == os.getpid() else 0.0
    return found
