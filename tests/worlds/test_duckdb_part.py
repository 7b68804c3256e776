"""DuckDB databases answer, change and are compared as the part contract says."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.worlds.duckdb_ground import FIRST_NS, build, change, digests, moment, refusal, rows, run
from worlds.blobs import MemoryBlobs
from worlds.errors import ArchiveError, WorldError
from worlds.parts.sql.database import Database, QueryError, Result
from worlds.parts.sql.duckdb.engine import DuckDatabase, load


@pytest.fixture
def shop() -> DuckDatabase:
    return build()


def test_it_is_a_database(shop: DuckDatabase) -> None:
    assert isinstance(shop, Database)


def test_rows_come_from_csv_json_inline_and_filler(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,name,amount\n1,"x, y",1.50\n2,,\n')
    (tmp_path / "b.json").write_text('[{"id": 7, "data": {"base64": "AP9B"}, "ok": true}]')
    schema = """
    create table a (id integer, name varchar, amount decimal(8,2), made timestamptz default now());
    create table b (id integer, data blob, ok boolean);
    create table c (id integer primary key, day date, score double);
    create table d (id integer primary key, a varchar not null);
    """
    built = build(
        schema,
        tmp_path,
        rows={"a": "a.csv", "b": "b.json", "C": [{"id": 1, "day": "2026-01-01"}, [2, None, float("inf")]]},
        generate={"d": 25},
    )

    assert rows(built, "select id, name, amount, epoch_us(made) from a") == [
        (1, "x, y", Decimal("1.50"), FIRST_NS // 1000),
        (2, None, None, FIRST_NS // 1000),
    ]
    assert rows(built, "select * from b") == [(7, b"\x00\xffA", True)]
    assert rows(built, "select id, day::varchar, score from c") == [(1, "2026-01-01", None), (2, None, float("inf"))]
    assert rows(built, "select count(*), count(distinct id) from d") == [(25, 25)]


def test_what_is_wrong_with_schema_and_rows_is_said() -> None:
    for settings in (
        {"schema": "create tabel x"},
        {"rows": {"nowhere": [[1]]}},
        {"rows": {"people": [[9, None, 1]]}},
        {"rows": {"people": [["nine", "x", 1]]}},
    ):
        with pytest.raises(WorldError):
            build(**settings)


def test_equal_entries_give_equal_databases(shop: DuckDatabase) -> None:
    other = build()

    assert digests(shop) == digests(other)
    assert shop.dump(MemoryBlobs()) == other.dump(MemoryBlobs())
    assert digests(build("create table people (id integer)")) != digests(shop)


def test_changes_name_rows_by_key_and_rows_without_key_by_their_hash(shop: DuckDatabase) -> None:
    (updated,) = change(shop, "update people set age = 13 where id = 2")
    (keyed,) = change(shop, "delete from visits where day = '2026-01-02'")
    gone = change(shop, "delete from log where line = 'a'")

    assert (updated.path, updated.kind) == ("people[2]", "changed")
    assert (updated.before, updated.after) == ({"id": 2, "name": "Bo", "age": 12}, {"id": 2, "name": "Bo", "age": 13})
    assert (keyed.path, keyed.kind, keyed.actors) == ("visits[1,2026-01-02]", "removed", ("agent",))
    assert [each.path.partition("#")[0] for each in gone] == ["log[", "log["]
    assert gone[0].path == gone[1].path


def test_a_change_that_is_taken_back_is_no_change(shop: DuckDatabase) -> None:
    before = digests(shop)
    run(shop, "update people set age = 99; delete from log where line = 'a'")
    run(shop, "update people set age = 41 where id = 1; update people set age = 12 where id = 2")
    run(shop, "update people set age = null where id = 3; insert into log values (1, 'a'), (1, 'a')")

    assert shop.settle("agent") == []
    assert digests(shop) == before


def test_schema_changes_are_changes(shop: DuckDatabase) -> None:
    made = change(shop, "create table more (a integer); insert into more values (1)")
    altered = change(shop, "alter table more add column b integer default 5")
    dropped = change(shop, "drop view grown")

    assert [(c.path.partition("[")[0], c.kind) for c in made] == [("more", "added"), ("more", "added")]
    assert {c.path for c in altered if "[" not in c.path} == {"more"}
    assert [(c.path, c.kind, c.before["type"]) for c in dropped] == [("grown", "removed", "view")]
    assert digests(shop) == shop.recomputed()


def test_many_changed_rows_are_told_as_one_and_listed_by_a_diff(shop: DuckDatabase) -> None:
    run(shop, "create table many as select range as n, 0 as v from range(12000)")
    shop.settle("agent")
    before = shop.fork()
    (bulk,) = change(shop, "update many set v = 1 where n < 6000")

    assert (bulk.path, bulk.kind) == ("many[*]", "changed")
    listed = shop.diff(before)
    assert len(listed) == 12_000
    assert {each.actors for each in listed} == {("agent",)}
    assert digests(shop) == shop.recomputed()


def test_large_inserts_that_go_around_the_log_are_counted_too(shop: DuckDatabase) -> None:
    run(shop, "create table many as select range as n from range(300000)")
    run(shop, "insert into many select range from range(250000)")
    shop.settle("agent")

    assert digests(shop) == shop.recomputed()
    assert rows(shop.fork(), "select count(*) from many") == [(550_000,)]


def test_diffs_name_only_those_who_acted_in_between(shop: DuckDatabase) -> None:
    change(shop, "update people set age = 42 where id = 1", "ida")
    middle = shop.fork()
    change(shop, "update people set age = 43 where id = 1", "bo")
    change(shop, "update people set age = 50 where id = 2", "agenda")

    assert [(c.path, c.actors) for c in shop.diff(middle)] == [("people[1]", ("bo",)), ("people[2]", ("agenda",))]
    assert shop.diff(build())[0].actors == ("ida", "bo")
    assert shop.diff(shop.fork()) == []


def test_databases_with_different_bases_are_compared_by_content(shop: DuckDatabase) -> None:
    other = build(rows={"people": [[4, "Di", 30]]})

    (added,) = other.diff(shop)
    assert (added.path, added.after) == ("people[4]", {"id": 4, "name": "Di", "age": 30})


def test_failed_statements_consume_sequence_values_also_after_a_replay(shop: DuckDatabase) -> None:
    run(shop, "insert into people select nextval('ticket'), case when range = 1 then 'x' end, 1 from range(2)")
    run(shop, "begin; select nextval('ticket'); rollback")
    shop.settle("agent")

    assert digests(shop) == shop.recomputed()
    assert rows(shop.fork(), "select nextval('ticket')") == rows(shop.fork(), "select nextval('ticket')") == [(103,)]


def test_time_and_chance_are_the_moments(shop: DuckDatabase) -> None:
    asked = "select epoch_us(now()), current_date, random(), uuid(), uuidv7(), epoch_us(system.main.now())"
    first, again = rows(shop, asked, seconds=60), rows(shop, asked, seconds=60)

    assert first == again
    assert first[0][0] == first[0][5] == (FIRST_NS + 60_000_000_000) // 1_000
    assert rows(shop, "select random() from range(3) using sample 2 rows", 1) != rows(shop, "select random()", 2)
    assert len(set(rows(shop, "select uuidv7() from range(50)"))) == 50


def test_stored_time_and_chance_are_the_same_after_a_replay(shop: DuckDatabase) -> None:
    run(
        shop, "create table made (seen timestamptz default now(), id uuid default uuid(), r double default random())", 5
    )
    run(shop, "insert into made (r) values (0.5)", 6)
    run(shop, "insert into made (seen) values (default), (default)", 7)
    run(shop, "insert into log select n, 'x' from (select range n from range(1000)) tablesample bernoulli(5%)", 8)
    shop.settle("agent")

    assert digests(shop) == shop.recomputed()
    assert rows(shop, "select distinct epoch_us(seen) from made order by 1") == [
        ((FIRST_NS + second * 1_000_000_000) // 1000,) for second in (6, 7)
    ]


def test_object_ids_are_the_same_in_every_worker(shop: DuckDatabase) -> None:
    asked = "select * from duckdb_tables() union all by name select * from duckdb_views() where not internal"
    first = rows(shop, asked)
    for _ in range(5):
        run(build("create table other (a integer)"), "create table x as select 1")
        run(shop.fork(), "create table y as select 1")

    assert rows(shop, asked) == first
    assert "/data/warehouse.duckdb" in str(rows(shop, "select * from duckdb_databases()"))


def test_transactions_and_temporary_objects_last_between_calls_and_forks(shop: DuckDatabase) -> None:
    run(shop, "create temp table mine as select 5 as a")
    run(shop, "set variable chosen = 2")
    run(shop, "begin")
    run(shop, "insert into log values (9, 'inside')")
    shop.settle("agent")
    before = shop.digest()
    fork = shop.fork()

    assert rows(fork, "select count(*) from log") == [(4,)]
    assert rows(fork, "select a, getvariable('chosen') from mine") == [(5, 2)]
    run(fork, "rollback")
    assert (fork.settle("agent"), fork.digest()) == ([], before)
    assert change(shop, "commit")[0].after == {"at_ms": 9, "line": "inside"}
    assert digests(shop) == shop.recomputed()


def test_comments_before_a_statement_do_not_hide_what_it_does(shop: DuckDatabase) -> None:
    run(shop, "/* now */ begin -- really")
    run(shop, "-- first\ninsert into log values (7, 'x')")
    assert shop.settle("agent") == []
    assert len(change(shop, "/* done */ commit")) == 1
    assert digests(shop) == shop.recomputed()


def test_what_others_do_is_no_part_of_an_open_transaction(shop: DuckDatabase) -> None:
    run(shop, "begin; update people set age = 5 where id = 1")
    shop.perform("execute", {"sql": "insert into log select epoch_ms(now()), 'other'"}, moment(9, "agenda"))
    (other,) = shop.settle("agenda")
    run(shop, "rollback")

    assert other.after == {"at_ms": FIRST_NS // 1_000_000 + 9_000, "line": "other"}
    assert rows(shop, "select age from people where id = 1") == [(41,)]
    assert rows(shop, "select count(*) from log where line = 'other'") == [(1,)]


def test_triggers_and_upserts_are_seen_whole(shop: DuckDatabase) -> None:
    run(shop, "create trigger noted after insert on people referencing new table as n for each statement "
        "insert into log select 0, name from n")  # fmt: skip
    shop.settle("agent")
    changes = change(shop, "insert into people values (8, 'Hal', 1)")
    run(shop, "drop trigger noted on people")
    run(shop, "insert into people values (1, 'Ida B.', 1), (9, 'Io', 2) on conflict do update set name = excluded.name")
    shop.settle("agent")

    assert [c.path.partition("[")[0] for c in changes] == ["log", "people"]
    assert digests(shop) == shop.recomputed()


def test_several_statements_answer_with_the_last_and_keep_what_went_before_a_failure(shop: DuckDatabase) -> None:
    assert rows(shop, "insert into log values (5, 'kept'); select 1; select 2, 3") == [(2, 3)]
    assert "does not exist" in refusal(
        shop, "insert into log values (6, 'kept'); select * from nowhere; drop table log"
    )
    assert len(shop.settle("agent")) == 2


def test_an_owner_queries_without_changing_anything(shop: DuckDatabase) -> None:
    found = shop.query("select id, name from people where id > ? order by id", [1])

    assert (found.columns, found.types, found.rows) == (("id", "name"), ("INTEGER", "VARCHAR"), ((2, "Bo"), (3, "Cy")))
    for refused in ("delete from people", "select 1; select 2", "select nextval('ticket')", "attach ':memory:' as x",
                    "with x as (delete from people returning *) select * from x"):  # fmt: skip
        with pytest.raises(QueryError):
            shop.query(refused)


def test_operations_given_as_data(shop: DuckDatabase) -> None:
    shop.perform(
        "insert", {"table": "people", "rows": [{"id": 5, "name": "Ed"}, {"id": 6, "name": "Fi", "age": 9}]}, moment()
    )
    shop.perform("merge", {"table": "people", "row": {"id": 5, "name": "Edd"}}, moment())
    shop.perform("merge", {"table": "people", "rows": [{"id": 5, "name": "Edd", "age": 1}]}, moment())
    changed = shop.perform("update", {"table": "people", "where": {"age": None}, "set": {"age": 0}}, moment())
    shop.perform("delete", {"table": "people", "where": {"id": 6}}, moment())

    assert changed == 1
    assert rows(shop, "select id, name, age from people where id > 2 order by id") == [(3, "Cy", 0), (5, "Edd", 1)]
    with pytest.raises(WorldError, match="Duplicate key"):
        shop.perform("insert", {"table": "people", "rows": [{"id": 1, "name": "x"}]}, moment())


def test_tables_are_described_parents_first_with_what_exists(shop: DuckDatabase) -> None:
    people, visits = (next(t for t in shop.tables(existing=True) if t.name == name) for name in ("people", "visits"))
    names = [table.name for table in shop.tables()]

    assert names.index("people") < names.index("visits")
    assert (people.rows_count, people.primary_key, people.existing["id"]) == (3, ("id",), (1, 2, 3))
    assert visits.column("person").references == ("people", "id")  # type: ignore[union-attr]
    assert people.column("age").check == "(age >= 0)"  # type: ignore[union-attr]


def test_only_as_many_rows_are_shipped_as_are_asked_for(shop: DuckDatabase) -> None:
    cut = run(shop, "select repeat('x', 100) from range(50)", rows_max=20, cells_max=1000)

    assert isinstance(cut, Result)
    assert (len(cut.rows), cut.more) == (9, 11)  # type: ignore[attr-defined]


def test_an_archive_that_lies_is_refused(shop: DuckDatabase) -> None:
    change(shop, "update people set age = 1 where id = 1")
    blobs = MemoryBlobs()
    manifest = shop.dump(blobs)
    (address,) = blobs.items

    assert load(manifest, blobs).digest() == shop.digest()
    lies: list[dict[str, object]] = [
        {"entries": []},
        {"entries": [{**manifest["entries"][0], "sql": "update people set age = 2 where id = 1"}]},
        {"entries": [{**manifest["entries"][0], "outcome": "error"}]},
        {"entries": [{"sql": 5}]},
        {"digest": "00" * 32},
        {"base": "11" * 32},
        {"settled": "x"},
    ]
    for lie in lies:
        with pytest.raises(ArchiveError):
            load({**manifest, **lie}, blobs)
    blobs.items[address] = blobs.items[address].replace(b"Ida", b"Eve")
    with pytest.raises(ArchiveError):
        load(manifest, blobs)


def test_an_archive_cannot_reach_files(shop: DuckDatabase, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")

    with pytest.raises(WorldError, match="disabled by configuration"):
        build(f"create table x as select * from read_csv('{secret}')")
    with pytest.raises(WorldError, match="disabled by configuration"):
        build(f"copy (select 1) to '{tmp_path}/out.csv'")
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]
