"""The running digests of a SQLite database, its diffs and its dumps are right after any mix of statements."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.worlds.sqlite_samples import database, rows, run, statements
from worlds.blobs import MemoryBlobs
from worlds.parts.sql.database import DatabaseError, Result
from worlds.parts.sql.sqlite.archive import state_of
from worlds.parts.sql.sqlite.base import Base
from worlds.parts.sql.sqlite.engine import SqliteDatabase, load
from worlds.parts.sql.sqlite.pages import first_pages

FIRST = database()
ENDINGS = st.sampled_from(["alone", "alone", "kept", "lost"])
PROGRAMS = st.lists(st.tuples(statements(), ENDINGS), min_size=1, max_size=14)
THOROUGH = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def digests(part: SqliteDatabase) -> tuple[bytes, bytes]:
    return part.digest(), part.marks_digest()


def elsewhere(part: SqliteDatabase) -> SqliteDatabase:
    """The same content on a base of its own: comparing with it cannot rely on what was touched."""
    return SqliteDatabase(state_of(first_pages(Base(part.image(), "3.40"))))


def told(changes: Any) -> list[tuple[str, Any, Any]]:
    return [(change.path, change.before, change.after) for change in changes]


@THOROUGH
@given(PROGRAMS)
def test_running_digests_equal_recomputation_after_any_mix_of_statements(program: Any) -> None:
    part = FIRST.fork()
    for number, (sql, ending) in enumerate(program):
        before = digests(part)
        outcome = run(part, sql, number, ending=ending)
        changes = part.settle("agent")

        assert digests(part) == part.recomputed(), sql
        assert bool(changes) == (part.digest() != before[0]), sql
        if isinstance(outcome, DatabaseError) and not (ending == "alone" and ("OR FAIL" in sql or "RETURNING" in sql)):
            assert digests(part) == before, sql


@THOROUGH
@given(PROGRAMS, st.integers(1, 3))
def test_several_statements_settle_as_one_effect(program: Any, per_effect: int) -> None:
    part = FIRST.fork()
    for number, (sql, ending) in enumerate(program):
        run(part, sql, number, ending=ending)
        if number % per_effect == 0:
            part.settle("agent")
    part.settle("agent")

    assert digests(part) == part.recomputed()


@THOROUGH
@given(PROGRAMS)
def test_a_diff_from_what_was_touched_equals_one_of_everything(program: Any) -> None:
    part = FIRST.fork()
    for number, (sql, ending) in enumerate(program):
        run(part, sql, number, ending=ending)
        part.settle("agent" if number % 2 else "agenda")
    changes = part.diff(FIRST)

    assert told(changes) == told(elsewhere(part).diff(FIRST))
    assert all(change.actors for change in changes)
    assert told(FIRST.diff(part)) == [(path, after, before) for path, before, after in told(changes)]


@THOROUGH
@given(PROGRAMS, st.lists(st.tuples(statements(), ENDINGS), max_size=5))
def test_loading_a_dump_goes_on_like_the_original(program: Any, more: Any) -> None:
    part = FIRST.fork()
    for number, (sql, ending) in enumerate(program):
        run(part, sql, number, ending=ending)
        part.settle("agent")
    blobs = MemoryBlobs()
    loaded = load(part.dump(blobs), blobs)

    assert digests(loaded) == digests(part) == loaded.recomputed()
    for number, (sql, ending) in enumerate(more):
        ours, theirs = run(part, sql, 50 + number, ending=ending), run(loaded, sql, 50 + number, ending=ending)
        assert repr(ours) == repr(theirs)
        assert told(part.settle("agent")) == told(loaded.settle("agent"))
        assert digests(loaded) == digests(part)
    assert told(part.diff(FIRST)) == told(loaded.diff(FIRST))


@THOROUGH
@given(PROGRAMS, PROGRAMS)
def test_forks_do_not_see_each_other(one: Any, other: Any) -> None:
    left = FIRST.fork()
    for number, (sql, ending) in enumerate(one):
        run(left, sql, number, ending=ending)
    left.settle("agent")
    kept, image = digests(left), left.image()
    right = left.fork()
    for number, (sql, ending) in enumerate(other):
        run(right, sql, number, ending=ending)
        right.settle("agent")

    assert (digests(left), left.image()) == (kept, image)
    apart = digests(right)
    for number, (sql, ending) in enumerate(one):
        run(left, sql, number, ending=ending)
    left.settle("agent")
    assert digests(right) == apart == right.recomputed()
    right.adopt(FIRST)
    assert digests(right) == digests(FIRST)
    assert right.diff(FIRST) == []


@THOROUGH
@given(PROGRAMS, PROGRAMS)
def test_restore_equals_the_uninterrupted_run(before: Any, after: Any) -> None:
    part = FIRST.fork()
    for number, (sql, ending) in enumerate(before):
        run(part, sql, number, ending=ending)
        part.settle("agent")
    kept = part.fork()
    answers: list[list[Any]] = []
    for _ in range(2):
        answers.append([])
        for number, (sql, ending) in enumerate(after):
            outcome = run(part, sql, 100 + number, ending=ending)
            answers[-1].append((repr(outcome), told(part.settle("agent")), digests(part), part.image()))
        part.adopt(kept)

    assert answers[0] == answers[1]


def test_what_a_failed_statement_keeps_in_autocommit_is_what_sqlite_keeps() -> None:
    part = FIRST.fork()
    failed = run(part, "WITH few (i) AS (VALUES (21), (1), (22)) INSERT OR FAIL INTO made (id) SELECT i FROM few")
    unread = run(
        part, "WITH few (i) AS (VALUES (23)) INSERT INTO made (id) SELECT i FROM few RETURNING CAST(x'ff' AS TEXT)"
    )
    lost = run(part, "INSERT OR FAIL INTO made (id) VALUES (24), (1)", ending="kept")
    part.settle("agent")

    assert [type(outcome) for outcome in (failed, unread, lost)] == [DatabaseError] * 3
    assert rows(part, "SELECT id FROM made WHERE id > 9") == [(21,), (23,)]
    assert digests(part) == part.recomputed()


def test_equal_content_has_equal_digests_whatever_led_to_it() -> None:
    one, other = FIRST.fork(), FIRST.fork()
    for sql in ("INSERT INTO plain (id, label) VALUES (8, 'h')", "DELETE FROM log"):
        assert isinstance(run(one, sql), Result)
    for sql in ("DELETE FROM log", "INSERT INTO plain (id, label) VALUES (8, 'g')", "DELETE FROM log"):
        assert isinstance(run(other, sql), Result)
    run(other, "UPDATE plain SET label = 'h' WHERE id = 8")
    one.settle("agent")
    other.settle("agent")

    assert one.digest() == other.digest()
    assert rows(one, "SELECT * FROM plain") == rows(other, "SELECT * FROM plain")


def test_positions_of_autoincrement_are_marks_and_not_content() -> None:
    part = FIRST.fork()
    run(part, "INSERT INTO counted (note) VALUES ('x')")
    run(part, "DELETE FROM counted WHERE note = 'x'")

    assert part.settle("agent") == []
    assert part.digest() == FIRST.digest()
    assert part.marks_digest() != FIRST.marks_digest()
