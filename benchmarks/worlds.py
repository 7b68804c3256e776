"""Fork, reset and step digest of worlds with 100 to 100,000 files and rows: flat in size, or not."""

import gc
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measure import Row, per_call_us
from worlds.chance import Chance
from worlds.part import Moment
from worlds.world import World
from worlds.worldfile import plan_world
from worlds.yamlfile import Document

SMALL, LARGE = 100, 100_000
BODY = "x" * 1024


def files_world(count: int) -> World:
    """A world with `count` files of 1 KB, a hundred to a folder."""
    tree = {f"d{number // 100}/f{number}.txt": f"{number:08d}{BODY[8:]}" for number in range(count)}
    return _world("files", {"kind": "filesystem", "root": "/w", "tree": tree})


def rows_world(count: int) -> World:
    """A world with one SQLite table of `count` rows of 1 KB."""
    schema = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, body TEXT NOT NULL);\n" + (
        f"WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {count}) "
        f"INSERT INTO t SELECT i, i % 97, printf('%01024d', i) FROM c;"
    )
    return _world("rows", {"kind": "sql", "imitates": "sqlite", "schema": schema})


def _world(name: str, entry: dict[str, Any]) -> World:
    data = {"soundstage": 1, "world": name, "servers": {"it": entry}}
    return plan_world(Document("benchmark", data), Path()).build()


def file_change(world: World) -> Callable[[], None]:
    """Writes one 1 KB file and settles."""
    count = itertools.count()
    part: Any = world.parts["it"]

    def change() -> None:
        part.write("/w/d0/f7.txt", f"{next(count):08d}{BODY[8:]}".encode(), now_ns=world.clock.now_ns)
        part.settle("agent")
        part.digest()

    return change


def row_change(world: World) -> Callable[[], None]:
    """Updates one 1 KB row and settles."""
    count = itertools.count()
    part: Any = world.parts["it"]
    moment = Moment(world.clock.now_ns, "agent", Chance(1))

    def change() -> None:
        part.perform("execute", {"sql": "UPDATE t SET n = ? WHERE id = 7", "parameters": [next(count)]}, moment)
        part.settle("agent")
        part.digest()

    return change


def rows() -> list[Row]:
    """The rows of the report."""
    report: list[Row] = []
    makers = {"files": (files_world, file_change), "SQLite rows": (rows_world, row_change)}
    for name, (make, changer) in makers.items():
        figures = {}
        for count in (SMALL, LARGE):
            figures[count] = _figures(make(count), changer)
            gc.collect()
        report += [_row(name, what, figures) for what in ("fork", "reset", "digest")]
    return report


MUST_US = {"fork": 200, "reset": 100, "digest": 25}


def _figures(world: World, changer: Callable[[World], Callable[[], None]]) -> dict[str, float]:
    change, first = changer(world), world.fork()
    change()

    def fork() -> None:
        world.parts["it"].fork()

    def reset() -> None:
        world.parts["it"].adopt(first.parts["it"])

    return {"digest": per_call_us(change), "fork": per_call_us(fork), "reset": per_call_us(reset)}


def _row(name: str, what: str, figures: dict[int, dict[str, float]]) -> Row:
    small, large = figures[SMALL][what], figures[LARGE][what]
    ratio, must = large / small, MUST_US[what]
    shown = f"{what} with one changed 1 KB entity" if what == "digest" else what
    return Row(
        f"{name}: {shown}, {LARGE:,} against {SMALL}", f"{large:.1f} us", f"{small:.1f} us", ratio,
        f"<= 1.5x, <= {must} us", ratio <= 1.5 and large <= must,
    )  # fmt: skip
