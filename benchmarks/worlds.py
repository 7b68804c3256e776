"""Fork, reset and step digest of worlds with 100 to 100,000 files and rows: flat in size, or not."""

import gc
import itertools
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

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
    return _world("rows", {"kind": "sql", "imitates": "sqlite", "schema": rows_schema(count)})


def rows_schema(count: int) -> str:
    """The statements that make that table."""
    return "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, body TEXT NOT NULL);\n" + (
        f"WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {count}) "
        f"INSERT INTO t SELECT i, i % 97, printf('%01024d', i) FROM c;"
    )


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


def row_change(world: World, count: int = 1) -> Callable[[], None]:
    """Updates `count` rows of 1 KB in one statement and settles."""
    turn = itertools.count()
    part: Any = world.parts["it"]
    moment = Moment(world.clock.now_ns, "agent", Chance(1))
    sql = f"UPDATE t SET n = ? WHERE id BETWEEN 7 AND {6 + count}"

    def change() -> None:
        part.perform("execute", {"sql": sql, "parameters": [next(turn)]}, moment)
        part.settle("agent")
        part.digest()

    return change


def settled_us(world: World) -> float:
    """Microseconds that settling a changed row of 1 KB and its digest take, without the statement: the best round."""
    turn = itertools.count()
    part: Any = world.parts["it"]
    moment = Moment(world.clock.now_ns, "agent", Chance(1))
    best = float("inf")
    for _ in range(ROUNDS):
        spent_ns = 0
        for _ in range(STEPS):
            part.perform("execute", {"sql": ONE_ROW, "parameters": [next(turn)]}, moment)
            began_ns = time.perf_counter_ns()
            part.settle("agent")
            part.digest()
            spent_ns += time.perf_counter_ns() - began_ns
        best = min(best, spent_ns / STEPS / 1000)
    return best


def plain_update_us(count: int) -> float:
    """CPU microseconds of the same statement on the engine alone, in memory and in autocommit."""
    turn = itertools.count()
    connection = apsw.Connection(":memory:")
    connection.execute(rows_schema(count)).fetchall()
    return per_call_us(lambda: connection.execute(ONE_ROW, (next(turn),)).fetchall())


def statement(world: World) -> Callable[[], None]:
    """Updates one row of 1 KB and goes back at once, without settling."""
    turn = itertools.count()
    part: Any = world.parts["it"]
    moment, first = Moment(world.clock.now_ns, "agent", Chance(1)), part.fork()

    def change() -> None:
        part.perform("execute", {"sql": ONE_ROW, "parameters": [next(turn)]}, moment)
        part.adopt(first)

    return change


def first_look(world: World) -> Callable[[], None]:
    """Forks a database and asks the fork for one row."""
    part: Any = world.parts["it"]
    return lambda: part.fork().query("SELECT n FROM t WHERE id = 7")


ROUNDS, STEPS = 40, 200
ONE_ROW = "UPDATE t SET n = ? WHERE id = 7"
ACCOUNT = "me@example.test"
MANY = 50
"""Rows that one step changes where the cost per row is asked for."""


def rows() -> list[Row]:
    """The rows of the report."""
    report: list[Row] = []
    for name, measured in (("files", _files), ("SQLite", _sqlite), ("DuckDB", _duckdb), ("mail", _mail)):
        figures = {}
        for count in (SMALL, LARGE):
            figures[count] = measured(count)
            gc.collect()
        report += [
            _row(f"{name}: {what}", figures[SMALL][what], figures[LARGE][what], must)
            for what, must in MUST_US[name].items()
        ]
    return report


MUST_US: dict[str, dict[str, float | None]] = {
    "files": {"fork": 200, "reset": 100, "write, settle and digest of one 1 KB file": 25},
    "SQLite": {
        "fork": 200,
        "fork and first select": 200,
        "reset": 100,
        "update, settle and digest per 1 KB row, 50 a step": 25,
        "settle and digest of one 1 KB row": 25,
        "update of one 1 KB row and reset": None,
        "the same update on the engine alone": None,
    },
    "DuckDB": {"reset and first select after a write (wall)": 5_000},
    "mail": {
        "fork": 200,
        "reset": 100,
        "mark, settle and digest of one message": 25,
        "first page of the inbox": None,
    },
}


def _files(count: int) -> dict[str, float]:
    world = files_world(count)
    return {**_jumps(world), "write, settle and digest of one 1 KB file": per_call_us(file_change(world))}


def _sqlite(count: int) -> dict[str, float]:
    world = rows_world(count)
    return {
        **_jumps(world),
        "fork and first select": per_call_us(first_look(world)),
        "update, settle and digest per 1 KB row, 50 a step": per_call_us(row_change(world, MANY)) / MANY,
        "settle and digest of one 1 KB row": settled_us(world),
        "update of one 1 KB row and reset": per_call_us(statement(world)),
        "the same update on the engine alone": plain_update_us(count),
    }


def _duckdb(count: int) -> dict[str, float]:
    """The worker's time counts too, so this is wall time: the median of a few."""
    schema = f"CREATE TABLE t AS SELECT range AS id, range % 97 AS n, repeat('x', 100) AS body FROM range({count});"
    world = _world("analytics", {"kind": "sql", "imitates": "motherduck", "schema": schema})
    part: Any = world.parts["it"]
    first, moment = part.fork(), Moment(world.clock.now_ns, "agent", Chance(1))
    took = []
    for number in range(15):
        part.perform("execute", {"sql": f"INSERT INTO t VALUES ({number}, 1, 'new')"}, moment)
        part.settle("agent")
        began = time.perf_counter()
        part.adopt(first)
        part.query("SELECT n FROM t WHERE id = 7")
        took.append((time.perf_counter() - began) * 1e6)
    world.close()
    return {"reset and first select after a write (wall)": statistics.median(took)}


def _mail(count: int) -> dict[str, float]:
    world = _world("mail", {"kind": "mail", "account": ACCOUNT, "generate": count})
    part: Any = world.parts["it"]
    part.digest(), part.marks_digest()
    key = part.records.find("messages", "mailbox+folder", [ACCOUNT, "inbox"])[0]
    turn = itertools.count()

    def mark() -> None:
        message = part.records.get("messages", key)
        part.records.put("messages", key, {**message, "flagged": next(turn) % 2 == 0})
        part.settle("agent")
        part.digest()

    def page() -> None:
        found = part.records.keys("messages", newest_first=True)
        assert len(list(itertools.islice(found, 20))) == 20

    return {
        **_jumps(world),
        "mark, settle and digest of one message": per_call_us(mark),
        "first page of the inbox": per_call_us(page),
    }


def _jumps(world: World) -> dict[str, float]:
    part = world.parts["it"]
    first = part.fork()
    return {"fork": per_call_us(part.fork), "reset": per_call_us(lambda: part.adopt(first))}


def _row(name: str, small: float, large: float, must: float | None) -> Row:
    ratio = large / small
    goal = f"<= 1.5x, <= {must} us" if must else "<= 1.5x"
    met = ratio <= 1.5 and (must is None or large <= must)
    return Row(f"{name}, {LARGE:,} against {SMALL}", f"{large:.1f} us", f"{small:.1f} us", ratio, goal, met)
