"""What an episode on a cluster costs: its worker, its parcel, whoever directs the run, and the run's folder."""

import asyncio
import importlib
import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

from benchmarks.measure import Row, resident_bytes
from benchmarks.recorded import SCENARIO
from benchmarks.scripts import STEPS
from harness.agent import find_agent
from harness.clustering.habits import settle
from harness.engine import EngineOptions
from harness.recording.run_folder import RunFolder
from harness.recording.states import States
from harness.running.begin import carry_out, new_run
from harness.running.order import Order
from harness.staging.suite import collect
from harness.store.index import INDEX, indexed
from harness.version import own_version
from harness.working.bench import opened_bench
from harness.working.job import Job, brief_of
from harness.working.parcel import put_in_place

PLAYED = 100
AT_ONCE = 64
PUT = 2_000
DIRECTED = 4_000
IN_FLIGHT = 512
CLUSTER = 2
PARCEL = "SCALE_PARCEL"


class Echo:
    """An actor that answers at once with a parcel of another episode, so that only whoever directs has work to do."""

    def __init__(self, *_: object) -> None:
        self.parcel = Path(os.environ[PARCEL]).read_bytes()

    async def ready(self) -> str:
        return own_version()

    async def play(self, _: dict[str, Any]) -> bytes:
        return self.parcel

    async def close(self) -> None:
        """Nothing is held."""


def rows() -> list[Row]:
    """The rows of the report."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "scored.yaml"
        steps = [{f"{server}.{tool}": arguments} for server, tool, arguments in STEPS]
        file.write_bytes(orjson.dumps({**SCENARIO, "reference": [*steps, {"say": "done"}]}))
        first, later, found = asyncio.run(_played(file))
        (folder / "parcel").write_bytes(later)
        os.environ[PARCEL] = str(folder / "parcel")
        found += _put(folder / "put", first, later)
        return found + _directed(file, folder / "run")


def _order(file: Path, trials: int, parallel: int) -> Order:
    engine = EngineOptions("ray", CLUSTER)
    agent = find_agent("script:reference")
    return Order(collect([str(file)]), agent, trials=trials, parallel=parallel, paths=(str(file),), engine=engine)


async def _played(file: Path) -> tuple[bytes, bytes, list[Row]]:
    """The parcel of a first and of a later episode, and what playing costs a worker."""
    async with opened_bench(brief_of(_order(file, PLAYED, 1), None)) as bench:
        first = await bench.play_away(Job(scenario="scored", trial=1))
        alone, began = resident_bytes(), time.process_time()
        for trial in range(PLAYED):
            later = await bench.play_away(Job(scenario="scored", trial=trial + 2, first_held=True))
        cpu_ms = (time.process_time() - began) / PLAYED * 1e3
        jobs = [Job(scenario="scored", trial=trial + 1000, first_held=True) for trial in range(AT_ONCE)]
        await asyncio.gather(*map(bench.play_away, jobs))
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - alone) / AT_ONCE
    told = [
        Row("cluster: a worker's CPU for an episode of ten steps", f"{cpu_ms:.1f} ms"),
        Row("cluster: its parcel", f"{len(later) / 1e3:.1f} KB", f"{len(first) / 1e3:.1f} KB with the first state"),
        Row("cluster: a worker's memory", f"{alone / 1e6:.0f} MB", f"and {more / 1e3:.0f} KB for each in flight"),
    ]
    return first, later, told


def _put(place: Path, first: bytes, later: bytes) -> list[Row]:
    """Parcels put into a run's folder, at its beginning and when there are many."""
    folder = RunFolder(place)
    states = States(place / "states")
    put_in_place(first, folder, Job(scenario="scored", trial=1), states)
    spent = []
    for part in range(2):
        cpu, began = time.process_time(), time.monotonic()
        for trial in range(PUT):
            put_in_place(later, folder, Job(scenario="scored", trial=part * PUT + trial + 2), states)
        spent.append(((time.process_time() - cpu) / PUT * 1e3, (time.monotonic() - began) / PUT * 1e3))
    states.close()
    (cpu_ms, wall_ms), (cpu_ms_late, wall_ms_late) = spent
    return [
        Row("store: a parcel put in place and synced", f"{cpu_ms:.2f} ms CPU, {wall_ms:.1f} ms wall",
            f"{cpu_ms_late:.2f} ms, {wall_ms_late:.1f} ms after {PUT:,} others")
    ]  # fmt: skip


def _directed(file: Path, out: Path) -> list[Row]:
    """A whole run whose actors have nothing to do, and its index."""
    settle(None)
    importlib.import_module("ray.cloudpickle").register_pickle_by_value(sys.modules[__name__])
    importlib.import_module("harness.clustering.actor").Worker = Echo
    run = new_run(_order(file, DIRECTED, IN_FLIGHT), out)
    before, cpu, began = resident_bytes(), time.process_time(), time.monotonic()
    carry_out(run, heed_signals=False)
    assert run.ended == DIRECTED, run.result.broken
    spent, wall = time.process_time() - cpu, time.monotonic() - began
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    shutil.rmtree(out / INDEX)
    began = time.monotonic()
    indexed(RunFolder(out))
    return [
        Row("driver: CPU for an episode, all of it", f"{spent / DIRECTED * 1e3:.2f} ms",
            f"{DIRECTED / spent:,.0f} episodes a second of CPU; {DIRECTED / wall:,.0f} a second of this run",
            details={"a_second_of_cpu": DIRECTED / spent, "a_second_of_wall": DIRECTED / wall}),
        Row(f"driver: memory of {DIRECTED:,} episodes, {IN_FLIGHT} in flight", f"{held / 1e6:.0f} MB"),
        Row("store: bytes of an episode", f"{size / DIRECTED / 1e3:.1f} KB"),
        Row(f"store: index of {DIRECTED:,} episodes", f"{time.monotonic() - began:.1f} s wall"),
    ]  # fmt: skip
