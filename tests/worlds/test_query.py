"""Queries: everything that a world holds as tables, beside what it held before; read-only, and harmless."""

import os
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worlds.part import Moment
from worlds.query.errors import QueryFailed, QueryLimit, SchemaGone
from worlds.query.process import WORKERS
from worlds.query.views import Views, views
from worlds.world import World
from worlds.worldfile import plan_world
from worlds.yamlfile import FileProblem, parse_yaml

WORLD = """
soundstage: 1
world: desk
clock: 2026-03-02T09:00:00Z
servers:
  files: {kind: filesystem, root: /w, tree: {a.txt: one, d/b.bin: {base64: /w==}, l: {symlink: a.txt}}}
  shop:
    kind: sql
    schema: |
      create table orders (id integer primary key, name text, total real, day date, paid boolean, picture blob);
      create table odd (anything, moment timestamp);
      create table lines (item text, number int, cents int, primary key (item, number));
      create table emptied (id integer primary key);
    rows:
      orders: [[1, Ida, 9.5, "2026-01-02", 1, {base64: AP8=}], [2, Bo, 3, "2026-01-03", 0, null]]
      lines: [[a, 1, 10], [a, 2, 20], [b, 1, 30]]
      emptied: [[1]]
"""


@pytest.fixture(scope="module", autouse=True)
def _no_worker_left() -> Iterator[None]:
    yield
    WORKERS.close()


@pytest.fixture
def world() -> World:
    return plan_world(parse_yaml(WORLD, "desk.yaml"), Path()).build(seed=3)


def execute(world: World, sql: str, actor: str = "agent") -> None:
    perform(world, "shop", "execute", {"sql": sql}, actor)


def perform(world: World, part: str, operation: str, arguments: dict[str, Any], actor: str = "agent") -> None:
    world.parts[part].perform(operation, arguments, Moment(world.clock.now_ns, actor, world.chance))
    world.settle(actor)


def rows(look: Views, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
    return look.query(sql, parameters).rows


def test_tables_have_the_types_that_their_columns_declare(world: World) -> None:
    answer = views(world).query("select * from shop.orders order by id")

    assert answer.columns == ("id", "name", "total", "day", "paid", "picture")
    assert answer.types == ("BIGINT", "VARCHAR", "DOUBLE", "DATE", "BOOLEAN", "BLOB")
    assert answer.rows == [
        (1, "Ida", 9.5, date(2026, 1, 2), True, b"\0\xff"),
        (2, "Bo", 3.0, date(2026, 1, 3), False, None),
    ]


def test_files_are_a_table(world: World) -> None:
    found = rows(views(world), "select path, kind, mode, size, mtime, text, target from files.files order by path")

    then = datetime(2026, 3, 2, 9)
    assert found == [
        ("/w", "dir", "755", 4096, then, None, None),
        ("/w/a.txt", "file", "644", 3, then, "one", None),
        ("/w/d", "dir", "755", 4096, then, None, None),
        ("/w/d/b.bin", "file", "644", 1, then, None, None),
        ("/w/l", "link", "777", 5, then, None, "a.txt"),
    ]


def test_a_value_that_does_not_fit_reads_as_null_with_its_text_beside_it(world: World) -> None:
    execute(world, "update orders set total = 'much', day = '2026-02-30', paid = 2, picture = 'cat' where id = 1")
    execute(world, "insert into odd values (x'ff', '2026-01-02T03:04:05+02:00'), (5, '2026-01-02 03:04:05Z')")
    look = views(world)

    assert rows(look, "select total, day, paid, picture from shop.orders where id = 1") == [(None, None, None, None)]
    assert rows(look, "select total__raw, day__raw, paid__raw, picture__raw from shop.orders order by id") == [
        ("much", "2026-02-30", "2", "cat"),
        (None, None, None, None),
    ]
    assert rows(look, "select anything, anything__raw, moment, moment__raw from shop.odd order by all") == [
        ("5", None, datetime(2026, 1, 2, 3, 4, 5), None),
        (None, "ff", None, "2026-01-02T03:04:05+02:00"),
    ]


def test_before_shows_the_first_state_whatever_happens(world: World) -> None:
    first = world.fork()
    execute(world, "update orders set total = 1 where id = 1")
    execute(world, "delete from orders where id = 2")
    execute(world, "insert into orders (id, name) values (7, 'Cy')")
    perform(world, "files", "write", {"path": "/w/a.txt", "text": "two"})
    look = views(world, first)

    assert rows(look, "select id, name, total from shop.orders order by id") == [(1, "Ida", 1.0), (7, "Cy", None)]
    assert rows(look, "select id, total from before.shop.orders order by id") == [(1, 9.5), (2, 3.0)]
    assert rows(look, "select n.text, b.text from files.files n join before.files.files b using (path, kind) "
                      "where n.sha <> b.sha") == [("two", "one")]  # fmt: skip


def test_a_restored_world_is_seen_as_it_was(world: World) -> None:
    first = world.fork()
    execute(world, "delete from orders")
    assert rows(views(world, first), "select count(*) from shop.orders") == [(0,)]

    world.adopt(first)

    assert rows(views(world, first), "select count(*) from shop.orders") == [(2,)]


def test_keys_of_several_columns_tell_rows_apart(world: World) -> None:
    first = world.fork()
    execute(world, "update lines set cents = 21 where item = 'a' and number = 2")
    execute(world, "update lines set number = 9 where item = 'b'")

    found = rows(views(world, first), "select * from shop.lines order by all")

    assert found == [("a", 1, 10), ("a", 2, 21), ("b", 9, 30)]


def test_what_the_world_no_longer_has_is_told_apart_from_what_it_never_had(world: World) -> None:
    first = world.fork()
    execute(world, "drop table emptied")
    execute(world, "alter table orders drop column name")
    look = views(world, first)

    for gone in (
        "select * from shop.emptied",
        "select name from shop.orders",
        "select count(o.name) from shop.orders o",
    ):
        with pytest.raises(SchemaGone):
            look.query(gone)
    for wrong in (
        "select * from shop.never",
        "select never from shop.orders",
        "select * from orders",
        "select * from x.y",
    ):
        with pytest.raises(QueryFailed) as failure:
            look.query(wrong)
        assert not isinstance(failure.value, SchemaGone)
    assert rows(look, "select name from before.shop.orders order by 1") == [("Bo",), ("Ida",)]


def test_a_failure_on_a_value_is_told_apart(world: World) -> None:
    with pytest.raises(QueryFailed) as failure:
        views(world).query("select cast(name as integer) from shop.orders")

    assert failure.value.kind == "Conversion"


def test_parameters_are_values(world: World) -> None:
    look = views(world)

    assert rows(look, "select id from shop.orders where name = ?", ["Bo"]) == [(2,)]
    assert rows(look, "select id from shop.orders where name = $1 or id = $2 order by 1", ["Bo", 1]) == [(1,), (2,)]
    assert rows(look, "select id from shop.orders where name = $who", {"who": "' or 1=1 --"}) == []


def test_now_is_the_worlds_time(world: World) -> None:
    look = views(world)
    assert rows(look, "select current_date, now() = timestamptz '2026-03-02 09:00:00Z', localtimestamp") == [
        (date(2026, 3, 2), True, datetime(2026, 3, 2, 9))
    ]

    world.clock.advance(86_400 * 10**9)

    assert rows(views(world), "select today(), current_timestamp = now()") == [(date(2026, 3, 3), True)]


def test_rows_are_cut_where_asked(world: World) -> None:
    answer = views(world).query("select * from range(10)", rows_max=3)

    assert (answer.rows, answer.cut) == ([(0,), (1,), (2,)], True)
    assert views(world).query("select * from range(3)", rows_max=3).cut is False


@pytest.mark.parametrize(
    "sql",
    [
        "insert into shop.orders (id) values (9)",
        "update shop.orders set total = 0",
        "delete from shop.orders",
        "drop view shop.orders",
        "create table t as select 1",
        "with x as (delete from shop.orders returning *) select * from x",
        "with x as (insert into _kept.t1 values (1) returning *) select * from x",
        "select 1; select 2",
        "select 1; commit; drop view shop.orders",
        "begin",
        "set threads = 8",
        "set variable x = 1",
        "pragma version",
        "call duckdb_tables()",
        "attach ':memory:' as other",
        "install httpfs",
        "load json",
        "copy (select 1) to '/tmp/soundstage-query-out'",
        "with x as (copy (select 1) to '/tmp/soundstage-query-out') select 1",
        "export database '/tmp/soundstage-query-out'",
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from read_blob('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from glob('/*')",
        "select * from query('select content from read_text(''/etc/passwd'')')",
        "select * from read_csv('http://127.0.0.1:9/x')",
        "select getenv('HOME')",
        "select * from pg_read_file('/etc/passwd')",
        "prepare p as select 1",
        "execute p",
        "checkpoint",
        "vacuum",
        "use before",
        "",
        ";",
        "-- nothing",
        "selec",
    ],
)
def test_a_query_only_reads_and_reaches_nothing_else(world: World, sql: str) -> None:
    with pytest.raises(QueryFailed):
        views(world).query(sql)

    assert not os.path.exists("/tmp/soundstage-query-out")  # noqa: PTH110 - the plainest question
    assert rows(views(world), "select count(*) from shop.orders") == [(2,)]


def test_settings_are_locked(world: World) -> None:
    look = views(world)

    locks = "('lock_configuration', 'enable_external_access')"
    found = rows(look, f"select name, value from duckdb_settings() where name in {locks} order by 1")

    assert found == [
        ("enable_external_access", "false"),
        ("lock_configuration", "true"),
    ]


@pytest.mark.parametrize(
    ("sql", "kind", "wait_s"),
    [
        ("select count(*) from range(100000000000) a, range(1000) b", "Timeout", 1.5),
        ("select repeat('x', 4000000000)", "Out of Memory", 120),
        ("select range(1000000000)", "Out of Memory", 120),
        ("select repeat('x', 10000) from range(9000)", "Too Large", 120),
    ],
)
def test_a_query_that_takes_too_much_is_ended(world: World, sql: str, kind: str, wait_s: float) -> None:
    with pytest.raises(QueryLimit) as failure:
        views(world).query(sql, wait_s=wait_s)

    assert failure.value.kind == kind
    assert rows(views(world), "select count(*) from shop.orders") == [(2,)]


def test_a_worker_that_was_killed_is_replaced(world: World) -> None:
    look = views(world)
    assert rows(look, "select count(*) from shop.orders") == [(2,)]
    with WORKERS.lease() as worker:
        worker.process.kill()
        worker.process.wait()

    assert rows(look, "select count(*) from shop.orders") == [(2,)]


def test_what_is_asked_for_lists_with_types(world: World) -> None:
    found = views(world).relations()

    assert [relation.name for relation in found["files"]] == ["files"]
    assert {relation.name for relation in found["shop"]} == {"orders", "odd", "lines", "emptied"}
    (orders,) = (relation for relation in found["shop"] if relation.name == "orders")
    assert [(column.name, column.type) for column in orders.columns][:4] == [
        ("id", "BIGINT"), ("name", "VARCHAR"), ("total", "DOUBLE"), ("day", "DATE"),
    ]  # fmt: skip


VALUES = st.one_of(st.none(), st.integers(-5, 5), st.floats(-3, 3), st.sampled_from(["", "x", "2026-01-01", "7"]))
STATEMENTS = st.lists(
    st.one_of(
        st.builds(lambda n: f"delete from orders where id = {n}", st.integers(1, 4)),
        st.builds(
            lambda n, m: f"update or ignore orders set id = {m} where id = {n}", st.integers(1, 4), st.integers(1, 4)
        ),
        st.builds(
            lambda n, v: f"insert or replace into orders (id, name, total) values ({n}, {literal(v)}, {literal(v)})",
            st.integers(1, 4), VALUES,
        ),
        st.builds(lambda n, v: f"update orders set day = {literal(v)} where id >= {n}", st.integers(1, 4), VALUES),
        st.builds(lambda v: f"update lines set item = coalesce({literal(v)}, item) where number = 2", VALUES),
    ),
    max_size=4,
)  # fmt: skip


def literal(value: Any) -> str:
    return "null" if value is None else repr(value)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(STATEMENTS)
def test_what_is_patched_equals_what_is_read_whole(world: World, statements: list[str]) -> None:
    first = world.fork()
    changed = world.fork()
    for statement in statements:
        execute(changed, statement)
    asked = [
        "select *, total__raw, day__raw, name__raw from shop.orders order by all",
        "select * from shop.lines order by all",
    ]

    patched = [rows(views(changed, first), sql) for sql in asked]
    whole = [rows(views(rebuilt(changed)), sql) for sql in asked]

    assert patched == whole


def rebuilt(world: World) -> World:
    """The same content as a part that was never forked from anything, so that nothing can be patched."""
    fresh = plan_world(parse_yaml(WORLD, "desk.yaml"), Path()).build(seed=4)
    for table in ("orders", "lines"):
        execute(fresh, f"delete from {table}")
        found = world.parts["shop"].query(f"select * from {table}").rows  # type: ignore[attr-defined]
        for row in found:
            values = ", ".join(f"x'{v.hex()}'" if isinstance(v, bytes) else literal(v) for v in row)
            execute(fresh, f"insert into {table} values ({values})")
    return fresh


WAREHOUSE = """
soundstage: 1
world: stock
servers:
  house:
    kind: sql
    imitates: motherduck
    schema: |
      create table sales (day date, store varchar, cents decimal(12, 2), tags varchar[], big hugeint, at_night boolean,
                          primary key (day, store));
      create schema stats;
      create table stats.daily (day date primary key, units integer);
      insert into sales values ('2026-01-02', 'a', 1.25, ['x', 'y'], 170141183460469231731687303715884105727, true),
                               ('2026-01-03', 'b', 2.50, null, -1, null);
      insert into stats.daily values ('2026-01-02', 7);
"""


def test_a_duckdb_part_is_seen_with_its_own_types() -> None:
    world = plan_world(parse_yaml(WAREHOUSE, "stock.yaml"), Path()).build(seed=3)
    first = world.fork()
    perform(world, "house", "execute", {"sql": "update stats.daily set units = 8"})
    perform(world, "house", "execute", {"sql": "insert into sales values ('2026-01-04', 'c', 3, [], 0, false)"})
    look = views(world, first)

    answer = look.query("select * from house.sales order by day")
    assert answer.types == ("DATE", "VARCHAR", "DECIMAL(12,2)", "VARCHAR[]", "HUGEINT", "BOOLEAN")
    assert answer.rows == [
        (date(2026, 1, 2), "a", Decimal("1.25"), ["x", "y"], 2**127 - 1, True),
        (date(2026, 1, 3), "b", Decimal("2.50"), None, -1, None),
        (date(2026, 1, 4), "c", Decimal("3.00"), [], 0, False),
    ]
    assert rows(look, 'select n.units, b.units from house."stats.daily" n, before.house."stats.daily" b') == [(8, 7)]
    assert rows(look, "select count(*) from before.house.sales") == [(2,)]
    with pytest.raises(QueryFailed, match="stats"):
        look.query("select * from house.never")


@pytest.mark.parametrize("name", ["before", "system", "temp", "information_schema", "pg_catalog"])
def test_names_that_mean_something_else_in_sql_cannot_be_servers(name: str) -> None:
    with pytest.raises(FileProblem, match="cannot name a server"):
        plan_world(parse_yaml(WORLD.replace("  shop:", f"  {name}:"), "desk.yaml"), Path())


@pytest.mark.parametrize("name", ["main", "memory", "cache", "select", "files_2", "x"])
def test_any_other_name_can(name: str) -> None:
    world = plan_world(parse_yaml(WORLD.replace("  shop:", f"  {name}:"), "desk.yaml"), Path()).build()

    assert rows(views(world), f'select count(*) from "{name}".orders') == [(2,)]
    assert rows(views(world), f'select count(*) from before."{name}".orders') == [(2,)]


def test_several_queries_at_once_answer_as_each_alone(world: World) -> None:
    before = world.fork()
    execute(world, "update orders set name = 'Bea', total = 'much' where id = 2")
    asked: list[tuple[str, list[Any]]] = [
        ("select count(*) from shop.orders", []),
        ("select name from shop.orders where id = ?", [2]),
        ("select * from shop.orders order by id", []),
        ("select * from before.shop.orders order by id", []),
        ("select cast(name as integer) from shop.orders", []),
        ("select now()", []),
    ]
    wrong: list[tuple[str, list[Any]]] = [
        ("selec 1", []),
        ("select colour from shop.orders", []),
        ("select total__raw from shop.orders", []),
    ]

    for queries in (asked, [*asked, *wrong], [*asked, wrong[-1]]):
        together = views(world, before).query_all(queries)

        alone = [_told(world, before, *query) for query in queries]
        assert [each.message if isinstance(each, QueryFailed) else each for each in together] == alone


def _told(world: World, before: World, sql: str, parameters: list[Any]) -> Any:
    """The answer to one query, or what is said instead."""
    try:
        return views(world, before).query(sql, parameters)
    except QueryFailed as error:
        return error.message
