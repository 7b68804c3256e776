"""Workers die, overstay and are killed; databases lose nothing by it, and nobody else waits."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.worlds.duckdb_ground import beside as placed_on
from tests.worlds.duckdb_ground import build, change, digests, moment, rows, run
from worlds.errors import WorldError
from worlds.parts.sql.database import DatabaseError, Result
from worlds.parts.sql.duckdb.part import INTERRUPTED, DuckDatabase
from worlds.parts.sql.duckdb.pool import Pool, Size
from worlds.parts.sql.duckdb.worker import Patience, Worker

ENDLESS = "select count(*) from range(1000000) a, range(1000000) b"
MINE = "insert into log values ({n}, 'mine'); select line, at_ms from log where line = 'mine'"
BOUND_S = 120.0
PATIENT = Patience(reach_s=BOUND_S, work_s=BOUND_S)
HURRIED = replace(PATIENT, work_s=0.8)


@contextmanager
def opened(patience: Patience = PATIENT) -> Iterator[Pool]:
    """One quick and one slow place."""
    pool = Pool(Size(quick=1, slow=1), patience)
    try:
        yield pool
    finally:
        pool.close()


@contextmanager
def hurried(pool: Pool) -> Iterator[None]:
    """What is known to overstay is not waited for as long as what may only be slow."""
    try:
        _set_patience(pool, HURRIED)
        yield
    finally:
        _set_patience(pool, PATIENT)


def _set_patience(pool: Pool, patience: Patience) -> None:
    pool._patience = patience
    for worker in pool.workers:
        worker._patience = patience


@pytest.fixture
def own_pool() -> Iterator[Pool]:
    """Workers of one test alone."""
    with opened() as pool:
        yield pool


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Workers of all tests."""
    with opened() as pool:
        yield pool


@pytest.fixture
def shop(pool: Pool) -> DuckDatabase:
    return placed_on(build(), pool)


def until(holds: Callable[[], bool]) -> None:
    """Wait for something, within bounds."""
    end = time.monotonic() + BOUND_S
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.005)


def busy(pool: Pool) -> Worker:
    """The worker that has taken a statement for long."""
    until(lambda: bool(_lowered(pool)))
    return _lowered(pool)[0]


def _lowered(pool: Pool) -> list[Worker]:
    """Workers that do what takes long; one that did so before and may not be raised again does nothing now."""
    return [worker for worker in pool.workers if worker.lowered and worker._job]


def overstaying(pool: Pool, shop: DuckDatabase, sql: str = ENDLESS) -> Any:
    """What a statement is answered that takes longer than it may."""
    with hurried(pool):
        return run(shop, sql)


def in_background(work: Callable[[], Any]) -> "tuple[threading.Thread, list[Any]]":
    told: list[Any] = []
    thread = threading.Thread(target=lambda: told.append(work()), daemon=True)
    thread.start()
    return thread, told


def test_a_worker_killed_from_outside_costs_its_statement_and_nothing_else(pool: Pool, shop: DuckDatabase) -> None:
    change(shop, "update people set age = 50 where id = 1")
    before = digests(shop)
    thread, told = in_background(lambda: run(shop, ENDLESS))
    pid = busy(pool).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    thread.join(BOUND_S)

    assert told == [INTERRUPTED]
    assert (shop.settle("agent"), digests(shop)) == ([], before)
    assert rows(shop, "select age from people where id = 1") == [(50,)]
    assert digests(shop) == shop.recomputed()


def test_an_idle_workers_death_is_not_noticed(pool: Pool, shop: DuckDatabase) -> None:
    rows(shop, "select 1")
    for worker in pool.workers:
        if worker.pid:
            os.kill(worker.pid, signal.SIGKILL)

    assert rows(shop, "select count(*) from people") == [(3,)]


def test_the_end_of_the_process_that_starts_workers_is_survived(own_pool: Pool) -> None:
    shop = placed_on(build(), own_pool)
    rows(shop, "select 1")
    process = own_pool._nursery._process
    assert process is not None
    process.kill()
    process.wait(BOUND_S)

    assert rows(shop, "insert into log values (8, 'x') returning at_ms") == [(8,)]
    assert shop.settle("agent")[0].after == {"at_ms": 8, "line": "x"}


def test_what_overstays_is_killed_and_undone(pool: Pool, shop: DuckDatabase) -> None:
    before = digests(shop)

    assert overstaying(pool, shop, f"insert into log {ENDLESS.replace('count(*)', 'count(*), null')}") == INTERRUPTED
    assert overstaying(pool, shop, "insert into log values (1, 'first'); " + ENDLESS) == INTERRUPTED
    assert (shop.settle("agent"), digests(shop)) == ([], before)
    assert rows(shop.fork(), "select count(*) from log") == [(3,)]


@pytest.mark.parametrize(
    "bomb",
    [
        "select list_sort(range(300000000))",
        "select length(repeat(repeat('x', 30000000), 30))",
        "select string_agg(repeat('y', 1000), '') from range(2000000)",
        "create table boom as select list(range) as l from range(400000000)",
        "select repeat('x', 2000000000)",
        "select " + "(" * 20_000 + "1" + ")" * 20_000,
        "select 'a' || '" + "b" * 2_000_000 + "'",
        "with recursive r as (select 1 as n union all select n + 1 from r) select * from r",
    ],
)
def test_memory_and_depth_bombs_end_in_an_error(pool: Pool, shop: DuckDatabase, bomb: str) -> None:
    outcome = overstaying(pool, shop, bomb)

    assert isinstance(outcome, DatabaseError)
    assert outcome.kind in ("OutOfMemoryException", "InterruptException", "ParserException")
    assert rows(shop, "select count(*) from people") == [(3,)]


def test_a_kill_spoils_the_open_transaction_like_any_failure(pool: Pool, shop: DuckDatabase) -> None:
    run(shop, "begin")
    run(shop, "delete from visits")
    assert overstaying(pool, shop) == INTERRUPTED

    spoilt = run(shop, "select 1")
    assert isinstance(spoilt, DatabaseError) and "transaction is aborted" in spoilt.message
    run(shop, "rollback")
    assert shop.settle("agent") == []
    assert rows(shop, "select count(*) from visits") == [(3,)]
    assert digests(shop) == shop.recomputed()


def test_a_recorded_kill_is_not_decided_again(pool: Pool, shop: DuckDatabase) -> None:
    other = shop.fork()
    overstaying(pool, shop)

    assert asyncio.run(other.run("delete from log", moment(), decided="killed")) == INTERRUPTED
    assert (other.settle("agent"), shop.settle("agent")) == ([], [])
    assert digests(other) == digests(shop)


def test_a_state_is_reached_again_after_all_workers_ended(pool: Pool) -> None:
    database = placed_on(build(), pool)
    run(database, "insert into log select range, 'x' from range(1000)")
    database.settle("agent")
    for worker in pool.workers:
        worker.end()

    assert rows(database, "select count(*) from log") == [(1003,)]


def test_quick_statements_do_not_wait_for_slow_ones() -> None:
    """One who waited behind the slow ones would not be served at all: they end only once they are interrupted."""
    with opened(replace(PATIENT, quick_s=1.0, settle_s=BOUND_S)) as pool:
        others = [placed_on(build(), pool).fork() for _ in range(4)]
        slow = [in_background(partial(run, other, ENDLESS)) for other in others[:3]]
        busy(pool)

        for number in range(3):
            assert rows(others[3], f"select {number}") == [(number,)]
        assert all(thread.is_alive() for thread, _ in slow)
        for other, (thread, told) in zip(others, slow, strict=False):
            other.interrupt()
            thread.join(BOUND_S)
            assert told == [INTERRUPTED]


def test_a_statement_that_is_given_up_leaves_the_database_usable(shop: DuckDatabase) -> None:
    async def give_up() -> None:
        task = asyncio.ensure_future(
            shop.run("insert into log select max(a.range), 'x' from range(9000) a, range(9000) b", moment())
        )
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    before = digests(shop)
    asyncio.run(give_up())
    assert rows(shop, "select count(*) from log") == [(3,)]
    assert digests(shop) == before


def test_two_statements_at_once_on_one_database_are_refused(shop: DuckDatabase) -> None:
    async def both() -> list[Any]:
        first = shop.run("insert into log values (1, 'a')", moment())
        second = shop.run("insert into log values (2, 'b')", moment())
        return list(await asyncio.gather(first, second, return_exceptions=True))

    told = asyncio.run(both())
    assert [type(each) for each in told if isinstance(each, WorldError)] == [WorldError]
    assert len(shop.settle("agent")) == 1
    assert digests(shop) == shop.recomputed()


def test_many_databases_share_few_workers(own_pool: Pool) -> None:
    forks = [placed_on(build(), own_pool).fork() for _ in range(40)]

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*(fork.run(MINE.format(n=n), moment()) for n, fork in enumerate(forks)))

    told = asyncio.run(all_at_once())
    assert all(isinstance(each, Result) for each in told)
    assert [each.rows for each in told] == [(("mine", number),) for number in range(40)]
    assert len(own_pool.workers) <= 2


def test_a_closed_pool_leaves_nothing_behind(own_pool: Pool) -> None:
    shop = placed_on(build(), own_pool)
    rows(shop, "select 1")
    pids = [worker.pid for worker in own_pool.workers if worker.pid]
    own_pool.close()

    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    assert not own_pool.folder.exists()
    with pytest.raises(WorldError):
        run(shop, "select 1")
