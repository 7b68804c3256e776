"""Building a SQLite database from what a person writes, and what its owner can do with it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.worlds.sqlite_samples import EVERYTHING, database, moment, no_filler, rows, run
from worlds.blobs import FolderBlobs, MemoryBlobs
from worlds.chance import Chance
from worlds.changes import Change
from worlds.errors import ArchiveError, WorldError
from worlds.part import Ground, part_kinds
from worlds.parts.sql.database import Database, QueryError, Result
from worlds.parts.sql.kind import SqlBuilder
from worlds.parts.sql.settings import SqlSettings
from worlds.parts.sql.sqlite.engine import SqliteDatabase, build, load

SHOP = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT DEFAULT 'Bergen', photo BLOB);
CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, customer INTEGER REFERENCES customers,
  total REAL CHECK (total >= 0), paid BOOLEAN, note TEXT NOT NULL DEFAULT '', CHECK (total < 1e6 OR paid = 1));
CREATE UNIQUE INDEX one_name ON customers (name, city);
"""


def shop(folder: Path = Path(), **settings: Any) -> SqliteDatabase:
    return build(SqlSettings(schema=SHOP, **settings), Ground(folder, Chance(1), 10**18), no_filler)


def test_the_builder_is_registered_and_chooses_the_engine() -> None:
    builder = part_kinds.get("sql")
    assert isinstance(builder, SqlBuilder)
    part = builder.build(SqlSettings(schema=SHOP), Ground(Path(), Chance(1), 0))

    assert isinstance(part, SqliteDatabase)
    assert isinstance(part, Database)
    blobs = MemoryBlobs()
    assert isinstance(builder.load(part.dump(blobs), blobs), SqliteDatabase)
    with pytest.raises(ArchiveError):
        builder.load({"engine": "oracle"}, blobs)


def test_rows_come_from_csv_json_and_the_world_file_itself(tmp_path: Path) -> None:
    (tmp_path / "shop.sql").write_text(SHOP)
    (tmp_path / "orders.csv").write_text(
        'customer,total,paid,note\r\n1,12.50,true,\r\n2,,false,"two\nlines, naïve"\r\n'
    )
    people = [
        {"id": 1, "name": "Ida", "photo": {"base64": "AP8="}},
        {"name": "Bo", "city": None},
        [3, "Cy", "Oslo", None],
    ]
    (tmp_path / "people.json").write_text(json.dumps(people))
    settings = SqlSettings(schema="shop.sql", rows={"orders": "orders.csv", "Customers": "people.json"})
    part = build(settings, Ground(tmp_path, Chance(1), 0), no_filler)

    assert rows(part, "SELECT * FROM customers") == [
        (1, "Ida", "Bergen", b"\x00\xff"),
        (2, "Bo", None, None),
        (3, "Cy", "Oslo", None),
    ]
    assert rows(part, "SELECT * FROM orders") == [(1, 1, 12.5, 1, ""), (2, 2, None, 0, "two\nlines, naïve")]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"schema": "CREATE TABLE t (a"}, "schema: incomplete input"),
        ({"schema": "BEGIN; CREATE TABLE t (a)"}, "leave a transaction open"),
        ({"schema": "missing.sql"}, "missing.sql"),
        ({"rows": {"nobody": []}}, "there is no table 'nobody'"),
        ({"rows": {"orders": [{"nope": 1}]}}, "has no column 'nope'"),
        ({"rows": {"orders": [[1, 2]]}}, "2 values, but 5 columns"),
        ({"rows": {"orders": "strings.json"}}, "neither a mapping by column nor a list"),
        ({"rows": {"orders": [{"total": -1}]}}, "CHECK constraint failed"),
        ({"rows": {"customers": [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]}}, "UNIQUE constraint failed"),
        ({"rows": {"customers": [{"photo": {"base64": "?"}, "name": "a"}]}}, "is not base64"),
        ({"rows": {"orders": "orders.txt"}}, "orders.txt"),
        ({"rows": {"orders": "short.csv"}}, "line 3: 1 cells, but 2 columns"),
        ({"rows": {"orders": "broken.json"}}, "broken.json"),
        ({"rows": {"orders": "object.json"}}, "holds no list"),
    ],
)
def test_what_is_wrong_with_a_database_is_said(tmp_path: Path, settings: dict[str, Any], words: str) -> None:
    (tmp_path / "orders.txt").write_text("x")
    (tmp_path / "short.csv").write_text("customer,total\n1,2\n3\n")
    (tmp_path / "broken.json").write_text("[")
    (tmp_path / "object.json").write_text("{}")
    (tmp_path / "strings.json").write_text('["text"]')
    with pytest.raises(WorldError, match=words.replace("?", r"\?")) as caught:
        build(SqlSettings(**{"schema": SHOP, **settings}), Ground(tmp_path, Chance(1), 0), no_filler)
    assert str(caught.value)


def test_filler_is_asked_for_with_the_schema_and_put_into_its_tables() -> None:
    asked: list[Any] = []

    def fill(tables: Any, counts: Any, chance: Chance, now_ns: int) -> Any:
        asked.append(([table.name for table in tables], dict(counts), now_ns))
        customers = next(table for table in tables if table.name == "customers")
        asked.append(customers.existing)
        yield "customers", [(10, "Filled", "Hamar", None)]

    settings = SqlSettings(schema=SHOP, rows={"customers": [{"id": 4, "name": "D"}]}, generate={"customers": 1})
    part = build(settings, Ground(Path(), Chance(1), 77), fill)

    assert asked == [(["customers", "orders"], {"customers": 1}, 77), {"id": (4,), "name": ("D",), "city": ("Bergen",)}]
    assert rows(part, "SELECT id, name, city FROM customers") == [(4, "D", "Bergen"), (10, "Filled", "Hamar")]


def test_believable_filler_satisfies_every_constraint() -> None:
    builder = SqlBuilder()
    settings = SqlSettings(schema=SHOP, generate={"customers": 30, "orders": 80})
    part, again = (builder.build(settings, Ground(Path(), Chance(3), 10**18)) for _ in range(2))

    assert isinstance(part, SqliteDatabase)
    assert rows(part, "SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM orders)") == [(30, 80)]
    assert rows(part, "PRAGMA foreign_key_check") == []
    assert part.digest() == again.digest()


def test_tables_are_told_as_facts() -> None:
    customers, orders = shop(rows={"customers": [{"name": "Ida"}]}).tables(existing=True)

    assert (customers.name, customers.rows_count, customers.primary_key) == ("customers", 1, ("id",))
    assert customers.uniques == (("id",), ("name", "city"))
    assert customers.existing == {"id": (1,), "name": ("Ida",), "city": ("Bergen",)}
    by_name = {column.name: column for column in orders.columns}
    assert by_name["customer"].references == ("customers", "id")
    assert by_name["total"].check == "(total >= 0)"
    assert orders.checks == ("total < 1e6 OR paid = 1",)
    assert (by_name["note"].not_null, by_name["note"].default) == (True, "''")
    assert by_name["id"].unique


def test_checks_are_found_behind_strings_comments_and_quoted_names() -> None:
    part = database(
        """CREATE TABLE odd ("check (x" INT CHECK ("check (x" > 1), b TEXT DEFAULT 'CHECK (b)' /* CHECK (c) */,
        c INT CHECK ( c IN (1, 2) ) -- CHECK (d)
        , CHECK (b <> ')' AND c < 9))"""
    )
    (odd,) = part.tables()

    assert [column.check for column in odd.columns] == ['("check (x" > 1)', None, "(c IN (1, 2))"]
    assert odd.checks == ("b <> ')' AND c < 9",)


def test_operations_change_rows_and_are_blamed() -> None:
    part = shop(rows={"customers": [{"id": 1, "name": "Ida"}]})
    first = part.fork()
    part.perform(
        "insert", {"table": "customers", "row": {"id": 2, "name": "Bo", "photo": {"base64": "AA=="}}}, moment()
    )
    part.perform("update", {"table": "customers", "set": {"city": None}, "where": {"name": "Ida"}}, moment())
    part.settle("agenda")
    part.perform("merge", {"table": "customers", "row": {"id": 2, "name": "Bea"}}, moment())
    part.perform("merge", {"table": "orders", "row": {"customer": 2}}, moment())
    part.perform("delete", {"table": "customers", "where": {"city": None}}, moment())
    answer = part.perform("execute", {"sql": "SELECT name FROM customers WHERE id = ?", "parameters": [2]}, moment())
    part.settle("agent")

    assert answer == [("Bea",)]
    added = {"id": 2, "name": "Bea", "city": "Bergen", "photo": {"base64": "AA=="}}
    order = {"id": 1, "customer": 2, "total": None, "paid": None, "note": ""}
    assert part.diff(first) == [
        Change(
            "customers[1]",
            "removed",
            {"id": 1, "name": "Ida", "city": "Bergen", "photo": None},
            None,
            ("agenda", "agent"),
        ),
        Change("customers[2]", "added", None, added, ("agenda", "agent")),
        Change("orders[1]", "added", None, order, ("agent",)),
    ]


@pytest.mark.parametrize(
    ("operation", "arguments", "words"),
    [
        ("insert", {"table": "customers"}, "give row, table"),
        ("insert", {"table": "customers", "row": {"id": 1}}, "NOT NULL constraint failed"),
        ("insert", {"table": "customers", "row": [1]}, "give a mapping by column"),
        ("update", {"table": "customers", "set": {"name": "x"}, "where": {}}, "give a mapping by column"),
        ("execute", {"sql": "BEGIN; DELETE FROM customers"}, "leave a transaction open"),
        ("execute", {"sql": "DELETE FROM customers; SELECT nope"}, "no such column"),
        ("explode", {}, "known: execute, insert, merge, update, delete"),
    ],
)
def test_operations_that_fail_say_why_and_leave_nothing(operation: str, arguments: dict[str, Any], words: str) -> None:
    part = shop(rows={"customers": [{"id": 1, "name": "Ida"}]})
    before = part.digest()

    with pytest.raises(WorldError, match=words):
        part.perform(operation, arguments, moment())
    if "DELETE" in str(arguments):
        part = part.fork()
    part.settle("agenda")
    assert part.digest() == before


def test_queries_read_everything_and_write_nothing() -> None:
    part = database("CREATE TABLE t (a, b); INSERT INTO t VALUES (CAST(x'66ff' AS TEXT), 1), ('ok', x'00')")

    assert part.query("SELECT b, a FROM t WHERE b = :b", {"b": 1}).rows == [(1, "f\udcff")]
    assert part.query("SELECT a FROM t ORDER BY rowid DESC").rows == [("ok",), ("f\udcff",)]
    assert part.query("PRAGMA table_info(t)").columns[:2] == ("cid", "name")
    for sql in (
        "DELETE FROM t",
        "CREATE TABLE x (a)",
        "SELECT 1; DELETE FROM t",
        "PRAGMA user_version = 4",
        "selec",
        "SELECT ?",
    ):
        with pytest.raises(QueryError):
            part.query(sql)
    assert part.settle("owner") == ()
    assert rows(part, "SELECT count(*) FROM t") == [(2,)]


def test_queries_see_what_an_effect_has_done_so_far() -> None:
    part = shop()
    run(part, "INSERT INTO customers (name) VALUES ('Ida')")
    assert rows(part, "SELECT name FROM customers") == [("Ida",)]
    assert rows(part.fork(), "SELECT name FROM customers") == []


def test_a_dump_keeps_its_base_once_and_is_refused_when_damaged(tmp_path: Path) -> None:
    part = database()
    run(part, "UPDATE plain SET price = 4")
    part.settle("agent")
    blobs = FolderBlobs(tmp_path / "blobs")
    manifest = part.dump(blobs)
    assert part.dump(blobs) == manifest

    assert load(manifest, blobs).digest() == part.digest()
    for wrong in (
        {**manifest, "digest": "00" * 32},
        {**manifest, "marks_digest": "00" * 32},
        {**manifest, "base": "00" * 32},
        {**manifest, "version": "2.0"},
        {**manifest, "count": "many"},
        {**manifest, "pages": [[0, manifest["base"]]]},
        {**manifest, "pages": []},
        {**manifest, "blame": manifest["base"]},
        {key: value for key, value in manifest.items() if key != "pages"},
    ):
        with pytest.raises(ArchiveError):
            load(wrong, blobs)


def test_an_empty_database_is_a_database() -> None:
    part = database("")
    kept = part.fork()
    blobs = MemoryBlobs()
    loaded = load(part.dump(blobs), blobs)

    for each in (part, loaded):
        assert isinstance(run(each, "CREATE TABLE t (a)", ending="alone"), Result)
        each.settle("agent")
        assert (each.digest(), each.marks_digest()) == each.recomputed()
    assert part.digest() == loaded.digest() != kept.digest()
    assert run(kept, "SELECT name FROM sqlite_master") == Result(("name",), ("TEXT",), [])


def test_a_table_whose_rows_all_change_is_told_as_a_whole() -> None:
    part = shop()
    first = part.fork()
    part.perform(
        "execute",
        {"sql": "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 2500) "
                "INSERT INTO orders (total) SELECT x FROM c"},
        moment(),
    )  # fmt: skip

    assert part.settle("agenda") == [
        Change("orders[*]", "changed", {"rows_count": 0}, {"rows_count": 2500}, ("agenda",))
    ]
    assert (part.digest(), part.marks_digest()) == part.recomputed()
    assert len(part.diff(first)) == 2500


def test_the_newest_engine_can_be_asked_for() -> None:
    asked = "SELECT date('2024-02-30'), round(1.005, 2), CAST(0.1 + 0.2 AS TEXT), sqlite_version() = '3.40.1'"
    answers = {}
    for version in ("3.40", "newest"):
        part = database(EVERYTHING, sqlite=version)
        answer = run(part, asked)
        assert isinstance(answer, Result)
        answers[version] = answer.rows
        blobs = MemoryBlobs()
        assert run(load(part.dump(blobs), blobs), asked) == answer

    assert answers == {
        "3.40": [("2024-02-30", 1.01, "0.3", 1)],
        "newest": [("2024-03-01", 1.0, "0.30000000000000004", 0)],
    }


def test_defaults_that_ask_for_the_time_get_the_worlds() -> None:
    schema = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, made TEXT DEFAULT CURRENT_TIMESTAMP); INSERT INTO t (id) VALUES (1);"
    )
    settings = SqlSettings(schema=schema, rows={"t": [{"id": 2}]})
    part = build(settings, Ground(Path(), Chance(1), 10**18), no_filler)

    assert rows(part, "SELECT * FROM t") == [(1, "2001-09-09 01:46:40"), (2, "2001-09-09 01:46:40")]
