"""Judging an episode: five SQL checks and the footprint on worlds with 100 to 100,000 rows and files."""

import statistics
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.measure import Row, cpu_seconds
from benchmarks.worlds import LARGE, SMALL
from harness.check import Check, Evidence
from harness.checks.sql import SqlCheck
from harness.staging.guard import Allowance, Guard
from harness.staging.milestone import Station
from harness.verdicts.collateral import collateral
from harness.verdicts.footprint import touched_by_agent
from harness.verdicts.grading import grade
from worlds.chance import Chance
from worlds.part import Moment
from worlds.query.process import WORKERS
from worlds.world import World
from worlds.worldfile import plan_world
from worlds.yamlfile import Document

ROUNDS = 15
WARM_UP = 3
MUST_MS = 20.0
QUERIES = {
    "select status from shop.orders where id = 7": "paid",
    "select count(*) from shop.orders where status = 'paid'": 1,
    "select status from before.shop.orders where id = 7": "open",
    "select text from files.files where path = '/w/d0/f7.txt'": "done",
    "select count(*) from files.files where path like '/w/d0/%'": 100,
}
"""What a check may ask: one row by its key, a count of some, how a row was, one file, the files of a folder."""
JOINED = "select count(*) from shop.orders o join before.shop.orders b using (id) where o.status <> b.status"
"""Reads two whole tables, whatever changed."""
_UNITS = count(1_000)


class Judged:
    """A scenario's criteria, its first state, and one episode's end after another."""

    def __init__(self, size: int) -> None:
        self.first = _world(size)
        self.checks = [
            Check(f"check{number}", "sql", SqlCheck.model_validate({"sql": sql, "is": wanted}))
            for number, (sql, wanted) in enumerate(QUERIES.items())
        ]
        self.joining = Check("joining", "sql", SqlCheck.model_validate({"sql": JOINED, "is": 1}))
        self.guard = Guard([Allowance(path="shop.orders[7].status"), Allowance(path="files:/w/d0/f7.txt")])
        self.milestones: Sequence[Station] = ()

    def ended(self) -> Evidence:
        """What one more episode left behind: one row and one file are different, and a note that is like no other."""
        live = self.first.fork()
        files: Any = live.parts["files"]
        files.write("/w/d0/f7.txt", b"done", now_ns=live.clock.now_ns)
        files.write("/w/note.txt", str(next(_UNITS)).encode(), now_ns=live.clock.now_ns)
        moment = Moment(live.clock.now_ns, "agent", Chance(1))
        shop: Any = live.parts["shop"]
        shop.perform("update", {"table": "orders", "set": {"status": "paid"}, "where": {"id": 7}}, moment)
        shop.perform("update", {"table": "orders", "set": {"n": next(_UNITS)}, "where": {"id": 8}}, moment)
        live.settle("agent")
        return Evidence(self.first, live.fork())


def rows() -> list[Row]:
    """The rows of the report."""
    found = {size: _measured(Judged(size)) for size in (SMALL, LARGE)}
    report = []
    for what, small in found[SMALL].items():
        large = found[LARGE][what]
        must = MUST_MS if what.startswith("five") else None
        met = None if must is None else large[1] <= must
        goal = f"<= {must:g} ms CPU" if must else ""
        report.append(
            Row(f"{what}, {LARGE:,} rows and files against {SMALL}", _told(large), _told(small),
                large[1] / small[1], goal, met)
        )  # fmt: skip
    return report


def _measured(judged: Judged) -> dict[str, tuple[float, float]]:
    """Wall and CPU milliseconds of each piece; the first rounds load what is kept between episodes."""
    guard = judged.guard.allowed or ()

    def all_of_it(evidence: Evidence) -> None:
        found = grade(judged, evidence)
        assert all(result.verdict == "passed" for result in found.checks), found.checks
        assert [each.path for each in found.collateral] == ["files:/w/note.txt", "shop.orders[8]"]

    pieces: dict[str, Callable[[Evidence], object]] = {
        "five SQL checks and the footprint": all_of_it,
        "one SQL check of one row": judged.checks[0].evaluate,
        "one SQL check that joins a table with what it was": judged.joining.evaluate,
        "the footprint alone": lambda evidence: collateral(touched_by_agent(evidence), guard),
    }
    return {what: _timed(work, judged) for what, work in pieces.items()}


def _timed(work: Callable[[Evidence], object], judged: Judged) -> tuple[float, float]:
    """Median wall milliseconds, and mean CPU milliseconds of this process and the one that answers queries."""
    ends = [judged.ended() for _ in range(WARM_UP + ROUNDS)]
    for evidence in ends[:WARM_UP]:
        work(evidence)
    walls, before = [], _cpu_seconds()
    for evidence in ends[WARM_UP:]:
        began = time.perf_counter()
        work(evidence)
        walls.append((time.perf_counter() - began) * 1e3)
    return statistics.median(walls), max((_cpu_seconds() - before) / ROUNDS * 1e3, 0.01)


def _cpu_seconds() -> float:
    with WORKERS.lease() as worker:
        return time.process_time() + cpu_seconds(worker.process.pid)


def _world(size: int) -> World:
    schema = (
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT NOT NULL, n INTEGER NOT NULL, body TEXT NOT NULL);\n"
        f"WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {size}) "
        "INSERT INTO orders SELECT i, 'open', i % 97, printf('%0256d', i) FROM c;"
    )
    tree = {f"d{number // 100}/f{number}.txt": f"{number:0256d}" for number in range(size)}
    servers = {
        "shop": {"kind": "sql", "imitates": "sqlite", "schema": schema},
        "files": {"kind": "filesystem", "root": "/w", "tree": tree},
    }
    return plan_world(Document("benchmark", {"soundstage": 1, "world": "scored", "servers": servers}), Path()).build()


def _told(figures: tuple[float, float]) -> str:
    return f"{figures[0]:.1f} ms, CPU {figures[1]:.1f} ms"
