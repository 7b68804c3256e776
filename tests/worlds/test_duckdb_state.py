"""Whatever is done to DuckDB databases, running digests equal recomputed ones and forks keep to themselves."""

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.worlds.duckdb_ground import build, digests, moment, run
from worlds.blobs import MemoryBlobs
from worlds.changes import Change
from worlds.parts.sql.duckdb.engine import DuckDatabase, load

SCHEMA = """
create table t (id integer primary key, v varchar unique, n integer check (n < 100));
create table child (id integer, parent integer references t (id));
create table bag (a integer, b varchar);
create table auto (id integer default nextval('s'), made timestamptz default now(), r double default random());
insert into t select range, 'v' || range, range from range(8);
insert into child select range, range % 4 from range(6);
insert into bag select range % 3, 'b' from range(9);
"""
START = "create sequence s;" + SCHEMA

numbers = st.integers(0, 11)
templates = st.sampled_from(
    [
        "insert into t values ({a}, 'v{b}', {c})",
        "insert or replace into bag select {a}, 'x'",
        "insert into t values ({a}, 'w{b}', {c}) on conflict (id) do update set n = excluded.n, v = 'u' || excluded.id",
        "insert or ignore into t select range, 'i' || range, {c} from range({a})",
        "update t set n = n + {a} where id > {b}",
        "update t set id = id + 20 where id = {a}",
        "update t set v = (select v from t where id = {b}) where id = {a}",
        "delete from t where id = {a}",
        "delete from child where parent = {a} or id > {b}",
        "insert into child values ({a}, {b})",
        "insert into bag values ({a}, null), ({a}, null), ({b}, 'z')",
        "update bag set b = b || '{a}' where a = {b} % 3",
        "delete from bag where a = {a}",
        "truncate bag",
        "insert into auto (r) select null from range({a})",
        "insert into auto default values",
        "insert into auto select nextval('s'), null, case when {a} > 5 then error('no') end",
        "select nextval('s'), random()",
        "merge into t using (select {a} as k) s on t.id = s.k when matched then delete"
        " when not matched then insert values (s.k, 'm{a}', 1)",
        "with gone as (delete from bag where a = {b} returning a) insert into child select a, {a} from gone",
        "begin",
        "commit",
        "rollback",
        "insert into bag values (1, 'one'); insert into t values ({a}, 'dup', 1); insert into bag values (2, 'two')",
        "create table extra as select * from t where id < {a}",
        "create or replace table extra (k integer, w varchar default 'd{b}')",
        "insert into extra select * from range({a}), (select 'q')",
        "alter table extra add column e{b} integer default {c}",
        "alter table bag alter a type bigint using a + 1",
        "drop table if exists extra",
        "create or replace view seen as select * from t where id < {a}",
        "create index if not exists by_n on t (n)",
        "drop index if exists by_n",
        "create temp table if not exists scratch as select {a} as a",
        "insert into bag select a, 'temp' from scratch",
        "comment on table bag is 'c{a}'",
        "select * from nowhere",
        "select rowid, * from t",
        "select rowid, * from bag",
        "select b, count(*), list(a) from bag group by b",
        "summarize bag",
    ]
)
statements = st.builds(
    lambda text, a, b, c: text.format(a=a, b=b, c=c), templates, numbers, numbers, st.integers(0, 110)
)


class Databases(RuleBasedStateMachine):
    """Several forks of one database, each changed by itself, with a copy that is only replayed."""

    @initialize()
    def start(self) -> None:
        self.forks: list[tuple[DuckDatabase, list[Change]]] = [(build(START), [])]
        self.first = self.forks[0][0].fork()
        self.step = 0

    @rule(which=st.integers(0, 2), sql=statements)
    def execute(self, which: int, sql: str) -> None:
        database, _ = self.forks[which % len(self.forks)]
        others = [(other, digests(other)) for other, _ in self.forks if other is not database]
        before = database.fork()
        self.step += 1
        run(database, sql, self.step)
        changes = database.settle("agent")

        assert [(c.path, c.kind, c.before, c.after) for c in database.diff(before)] == [
            (c.path, c.kind, c.before, c.after) for c in changes
        ]
        assert bool(changes) == (database.digest() != before.digest())
        assert all(digests(other) == kept for other, kept in others)

    @precondition(lambda self: len(self.forks) < 3)
    @rule(which=st.integers(0, 2))
    def fork(self, which: int) -> None:
        database, _ = self.forks[which % len(self.forks)]
        self.forks.append((database.fork(), []))

    @rule(which=st.integers(0, 2), source=st.integers(0, 2))
    def adopt(self, which: int, source: int) -> None:
        database, other = self.forks[which % len(self.forks)][0], self.forks[source % len(self.forks)][0]
        database.adopt(other)
        assert digests(database) == digests(other)

    @rule(which=st.integers(0, 2))
    def archive(self, which: int) -> None:
        database, _ = self.forks[which % len(self.forks)]
        blobs = MemoryBlobs()
        loaded = load(database.dump(blobs), blobs)
        assert digests(loaded) == digests(database)
        assert loaded.diff(database) == database.diff(loaded) == []

    @invariant()
    def running_digests_are_right(self) -> None:
        if hasattr(self, "forks"):
            for database, _ in self.forks[:1]:
                assert digests(database) == database.recomputed()


def test_any_mix_of_statements_keeps_every_promise() -> None:
    run_state_machine_as_test(
        Databases,
        settings=settings(
            max_examples=8,
            stateful_step_count=14,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )


@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
@given(before=st.lists(statements, max_size=5), after=st.lists(statements, min_size=1, max_size=5))
def test_a_restored_database_goes_on_as_the_uninterrupted_one(before: list[str], after: list[str]) -> None:
    straight = build(START)
    told = [run(straight, sql, number) for number, sql in enumerate(before + after)]
    straight.settle("agent")

    stopped = build(START)
    for number, sql in enumerate(before):
        run(stopped, sql, number)
    stopped.settle("agent")
    blobs = MemoryBlobs()
    for going_on in (stopped.fork(), load(stopped.dump(blobs), blobs)):
        again: list[Any] = [run(going_on, sql, len(before) + number) for number, sql in enumerate(after)]
        going_on.settle("agent")
        assert again == told[len(before) :]
        assert digests(going_on) == digests(straight)


def test_one_step_after_another_adds_up_to_the_whole_difference() -> None:
    database = build(START)
    first = database.fork()
    for number, sql in enumerate(
        ["update t set n = 1", "delete from bag where a = 1", "insert into bag values (1, 'b')"]
    ):
        run(database, sql, number)
        database.settle("agent")

    assert moment().actor == "agent"
    gone = [c for c in database.diff(first) if c.path.startswith("bag")]
    assert [c.kind for c in gone] == ["removed", "removed"]
