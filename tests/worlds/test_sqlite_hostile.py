"""Hostile statements cost their own episode at most: nobody waits for them, nothing of them remains, no file is met."""

import asyncio
import os
import signal
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pace import slowness, undisturbed
from tests.worlds.sqlite_samples import database, moment, rows, run, statements, wait
from worlds.parts.sql.database import DatabaseError, Outcome, Result
from worlds.parts.sql.sqlite import part, workers
from worlds.parts.sql.sqlite.part import SqliteDatabase

ROWS = 12_000
BIG = database(
    """CREATE TABLE t (id INTEGER PRIMARY KEY, label TEXT, n INT, body TEXT, extra TEXT); CREATE INDEX by_n ON t (n);
    CREATE TRIGGER grow AFTER INSERT ON t WHEN new.label = 'grow' BEGIN INSERT INTO t (label, body)
      SELECT 'more', body FROM t; END;"""
    + f"""WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < {ROWS})
    INSERT INTO t SELECT x, 'l' || x, x % 97, hex(zeroblob(400)), '' FROM c;"""
)
FIRST = database()
BLOCKED_SECONDS_MAX = 0.05
BOUND_SECONDS = 120
COUNTING = "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c{end}) "

HEAVY = [
    COUNTING.format(end=" LIMIT 3000000") + "SELECT max(x) FROM c",
    COUNTING.format(end="") + "SELECT x, hex(zeroblob(3000)) FROM c",
    COUNTING.format(end=" LIMIT 20000") + "SELECT x FROM c ORDER BY hex(zeroblob(2000)) || x",
    COUNTING.format(end=" LIMIT 300") + "SELECT sum(instr(hex(zeroblob(8000)), hex(zeroblob(4000)) || x)) FROM c",
    COUNTING.format(end="") + "INSERT INTO t (body) SELECT hex(randomblob(2000)) FROM c",
    COUNTING.format(end=" LIMIT 10000") + "SELECT group_concat(hex(zeroblob(9000))) FROM c",
    "SELECT instr(hex(zeroblob(100000000)), 'zz')",
    "SELECT replace(hex(zeroblob(1000)), '0', hex(zeroblob(1000000)))",
    "SELECT printf('%.*c', 900000000, 'x')",
    "SELECT trim(hex(zeroblob(8000)), printf('%.*c', 8000, 'b') || '0')",
    "SELECT zeroblob(900000000) || 'x'",
    "SELECT hex(zeroblob(7000)) LIKE '%' || replace(hex(zeroblob(3000)), '0', '0%') || '1'",
    "SELECT hex(zeroblob(7000)) GLOB '*' || replace(hex(zeroblob(3000)), '0', '0*') || '1'",
    "SELECT " + " + ".join(["instr(hex(zeroblob(8000)), hex(zeroblob(4000)) || '1')"] * 60),
    "SELECT " + ", ".join(f"hex(zeroblob({30_000 + n}))" for n in range(500)),
    "SELECT 1" + " + 1" * 20_000,
    "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
    "VALUES " + ", ".join(["(1)"] * 30_000),
    "SELECT json_group_array(body) FROM t",
    "SELECT * FROM t",
    "SELECT * FROM t a, t b",
    "SELECT DISTINCT body || id FROM t",
    "SELECT count(*) FROM t a, t b WHERE a.n < b.id AND a.id < 400",
    "SELECT count(*) FROM " + ", ".join(f"t t{n}" for n in range(60)) + " LIMIT 1",
    "SELECT sum(id) OVER (ORDER BY body ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM t",
    "UPDATE t SET n = n + 1",
    "DELETE FROM t",
    "INSERT INTO t (label, body) VALUES ('grow', 'x')",
    "CREATE TABLE twice AS SELECT a.body FROM t a, t b",
    "CREATE INDEX by_body ON t (body)",
    "ALTER TABLE t ADD COLUMN more DEFAULT 5",
    "ALTER TABLE t DROP COLUMN extra",
    "DROP TABLE t",
    "VACUUM",
    "REINDEX",
    "PRAGMA integrity_check",
]


ENGINES_WORDS = (
    "interrupted", "string or blob too big", "database or disk is full", "maximum depth", "pattern too complex",
    "Recursion limit", "stack overflow", "64 tables",
)  # fmt: skip


async def watched(part: SqliteDatabase, sql: str) -> tuple[Outcome, float]:
    """An outcome, and how long it kept this thread from others: CPU time, since the machine may be busy elsewhere."""
    with undisturbed():
        began = time.thread_time()
        outcome = await part.run(sql, moment())
        return outcome, time.thread_time() - began


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """The first use of a worker pays for imports."""
    run(BIG.fork(), HEAVY[0])


@pytest.mark.parametrize("sql", HEAVY, ids=range(len(HEAVY)))
def test_heavy_statements_keep_nobody_waiting_and_leave_a_sound_database(sql: str) -> None:
    part = BIG.fork()
    outcome, blocked = wait(watched(part, sql))
    part.settle("agent")

    assert blocked < BLOCKED_SECONDS_MAX * slowness()
    assert outcome.decided in ("process", "worker")
    if isinstance(outcome, DatabaseError):
        assert (part.digest(), part.marks_digest()) == (BIG.digest(), BIG.marks_digest())
        assert outcome.message == "" or any(word in outcome.message for word in ENGINES_WORDS)
    assert rows(part, "PRAGMA integrity_check") == [("ok",)]


def test_an_endless_statement_ends_as_interrupted_after_a_count_that_is_the_same_everywhere() -> None:
    part = BIG.fork()
    sql = COUNTING.format(end="") + "SELECT count(*) FROM c"

    assert run(part, sql) == DatabaseError("OperationalError", "interrupted")


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH '{path}' AS x",
        "ATTACH 'file:{path}?vfs=unix' AS x",
        "ATTACH '{path}' || '' AS x",
        "ATTACH DATABASE '/etc/passwd' AS x",
        "VACUUM INTO '{path}'",
        "VACUUM INTO 'file:{path}?vfs=unix'",
        "PRAGMA temp_store_directory = '{folder}'",
        "PRAGMA journal_mode = wal",
        "SELECT load_extension('{path}')",
        "SELECT writefile('{path}', 'x')",
        "SELECT readfile('/etc/passwd')",
        "SELECT edit('x')",
        "SELECT fts3_tokenizer('x', x'00')",
        "CREATE VIRTUAL TABLE temp.x USING csv('/etc/passwd')",
        "CREATE VIRTUAL TABLE x USING fsdir",
        "PRAGMA writable_schema = 1",
        "UPDATE sqlite_master SET sql = 'x'",
        "INSERT INTO sqlite_master VALUES ('table', 'x', 'x', 1, 'x')",
    ],
)
def test_no_statement_reaches_a_file_or_the_schema_table(sql: str, tmp_path: Path) -> None:
    part = FIRST.fork()
    outcome = run(part, sql.format(path=tmp_path / "out.db", folder=tmp_path))
    part.settle("agent")

    assert "root:" not in repr(outcome)
    assert list(tmp_path.iterdir()) == []
    assert part.digest() == FIRST.digest()


def test_files_that_cannot_be_attached_are_refused_in_the_engines_words() -> None:
    part = FIRST.fork()
    assert run(part, "ATTACH '/srv/x.db' AS x") == DatabaseError(
        "OperationalError", "unable to open database: /srv/x.db"
    )
    assert run(part, "SELECT load_extension('x')") == DatabaseError("OperationalError", "not authorized")


def test_limits_of_memory_for_the_whole_process_cannot_be_set() -> None:
    part = FIRST.fork()
    for pragma in ("hard_heap_limit", "soft_heap_limit"):
        before = rows(part, f"PRAGMA {pragma}")
        run(part, f"PRAGMA {pragma} = 4096")
        assert rows(part, f"PRAGMA {pragma}") == before


def test_nothing_that_belongs_to_a_connection_outlives_a_call() -> None:
    part = FIRST.fork()
    for sql in (
        "CREATE TEMP TABLE mine (a)",
        "BEGIN",
        "SAVEPOINT s",
        "PRAGMA foreign_keys = 1",
        "ATTACH ':memory:' AS m",
    ):
        assert isinstance(run(part, sql), Result)
    run(part, "INSERT INTO bare VALUES (1, 2)")

    assert isinstance(run(part, "SELECT * FROM mine"), DatabaseError)
    assert run(part, "COMMIT") == DatabaseError("OperationalError", "cannot commit - no transaction is active")
    asked = "SELECT last_insert_rowid(), changes(), total_changes(), (SELECT foreign_keys FROM pragma_foreign_keys)"
    answer = run(part, asked)
    assert isinstance(answer, Result)
    assert answer.rows == [(0, 0, 0, 0)]


def without_place(outcome: Outcome) -> str:
    """An outcome without where it came from: on a slow machine more is left to workers."""
    return repr(outcome).replace("decided='worker'", "decided='process'")


PROGRAMS = st.lists(st.tuples(statements(), st.sampled_from(["alone", "kept", "lost"])), min_size=1, max_size=5)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(PROGRAMS)
def test_a_worker_answers_and_leaves_what_this_process_would(monkeypatch: pytest.MonkeyPatch, program: Any) -> None:
    here, there = FIRST.fork(), FIRST.fork()
    for number, (sql, ending) in enumerate(program):
        ours = run(here, sql, number, ending=ending)
        with monkeypatch.context() as patch:
            patch.setattr(part, "take_turn", lambda *_: None)
            theirs = run(there, sql, number, ending=ending)
        assert without_place(theirs) == without_place(ours)
        told, same = ([(c.path, c.before, c.after) for c in each.settle("agent")] for each in (here, there))
        assert sorted(map(repr, told)) == sorted(map(repr, same))
        assert (there.digest(), there.marks_digest()) == (here.digest(), here.marks_digest()) == there.recomputed()
    assert there.image() == here.image()


class Asked:
    """Tells which worker is asked next."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._next: Future[workers.Worker] = Future()
        ask = workers.Worker.ask

        def noted(worker: workers.Worker, *given: Any) -> Any:
            if not self._next.done():
                self._next.set_result(worker)
            return ask(worker, *given)

        monkeypatch.setattr(workers.Worker, "ask", noted)

    async def worker(self) -> workers.Worker:
        """Wait for it."""
        return await asyncio.wait_for(asyncio.wrap_future(self._next), BOUND_SECONDS)


def test_a_killed_worker_costs_an_error_and_no_committed_write(monkeypatch: pytest.MonkeyPatch) -> None:
    part = BIG.fork()
    run(part, "UPDATE t SET label = 'kept' WHERE id = 1")
    run(part, "UPDATE t SET n = n + 1")
    asked = Asked(monkeypatch)

    async def killed() -> Outcome:
        task = asyncio.ensure_future(part.run(COUNTING.format(end="") + "SELECT count(*) FROM c", moment()))
        os.kill((await asked.worker()).process.pid, signal.SIGKILL)
        return await task

    outcome = wait(killed())
    assert (outcome, outcome.decided) == (DatabaseError("OperationalError", "interrupted"), "killed")
    part.settle("agent")
    assert rows(part, "SELECT label FROM t WHERE id = 1") == [("kept",)]
    assert rows(part, "SELECT count(*) FROM t WHERE n = id % 97 + 1") == [(ROWS,)]
    assert (part.digest(), part.marks_digest()) == part.recomputed()
    assert isinstance(run(part, "UPDATE t SET n = n + 1"), Result)


@pytest.mark.parametrize("place", ["before it is asked", "while it works", "before it answers"])
def test_a_worker_that_dies_at_any_moment_leaves_the_last_state(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    part = BIG.fork()
    run(part, "UPDATE t SET label = 'kept' WHERE id = 1")
    exchange = workers.Worker._exchange

    def dying(worker: workers.Worker, *given: Any) -> Any:
        if place == "before it is asked":
            worker.process.kill()
            worker.process.wait()
        if place == "while it works":
            threading.Timer(0.05, worker.process.kill).start()
        answer = exchange(worker, *given)
        if place == "before it answers":
            worker.process.kill()
            raise EOFError
        return answer

    monkeypatch.setattr(workers.Worker, "_exchange", dying)
    outcome = run(part, COUNTING.format(end=" LIMIT 5000000") + "INSERT INTO t (n) SELECT x FROM c WHERE x % 3 = 0")
    monkeypatch.undo()
    part.settle("agent")

    assert outcome.decided == "killed"
    assert rows(part, "SELECT count(*), (SELECT label FROM t WHERE id = 1) FROM t") == [(ROWS, "kept")]
    assert (part.digest(), part.marks_digest()) == part.recomputed()


def test_a_cancelled_call_ends_its_worker_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    part = BIG.fork()
    asked = Asked(monkeypatch)

    async def cancelled() -> workers.Worker:
        task = asyncio.ensure_future(part.run(COUNTING.format(end="") + "INSERT INTO t (n) SELECT x FROM c", moment()))
        worker = await asked.worker()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return worker

    worker = wait(cancelled())
    assert worker.process.wait(BOUND_SECONDS) != 0
    assert part.settle("agent") == ()
    assert part.digest() == BIG.digest()


def test_a_recorded_kill_is_answered_without_running_anything() -> None:
    part = FIRST.fork()
    outcome = run(part, "DELETE FROM plain", decided="killed")

    assert (outcome, outcome.decided) == (DatabaseError("OperationalError", "interrupted"), "killed")
    assert part.settle("agent") == ()


def test_local_time_is_the_same_on_every_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    try:
        answer = run(FIRST.fork(), "SELECT datetime(0, 'unixepoch', 'localtime')")
    finally:
        monkeypatch.undo()
        time.tzset()

    assert isinstance(answer, Result)
    assert answer.rows == [("1970-01-01 00:00:00",)]


def test_time_and_chance_are_the_moments() -> None:
    asked = "SELECT random(), hex(randomblob(8)), datetime('now'), CURRENT_TIMESTAMP"
    one, again, other = (run(FIRST.fork(), asked, number) for number in (1, 1, 2))

    assert isinstance(one, Result)
    assert one == again
    assert isinstance(other, Result)
    assert one.rows[0][2:] == ("2023-11-14 22:13:21", "2023-11-14 22:13:21")
    assert not set(one.rows[0]) & set(other.rows[0])


def test_a_hundred_databases_share_few_connections() -> None:
    forks = [FIRST.fork() for _ in range(100)]
    for number, each in enumerate(forks):
        run(each, f"INSERT INTO bare VALUES ('mine', {number})")
        each.settle("agent")

    for number, each in enumerate(forks):
        answer = run(each, "SELECT y FROM bare WHERE x = 'mine'")
        assert isinstance(answer, Result)
        assert answer.rows == [(number,)]
