"""The MotherDuck server says what the real one says, through both protocol generations' shapes."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from sandbox_server.call import ABSENT, Call, Reply
from sandbox_server.families.sql import SqlPresentation
from sandbox_server.families.sql.motherduck import MotherDuck, server
from sandbox_server.family import Site
from worlds.chance import Chance, Identity
from worlds.clock import Clock, ClockState
from worlds.part import Ground
from worlds.parts.sql.kind import SqlBuilder
from worlds.parts.sql.settings import SqlSettings
from worlds.world import World

FIRST_NS = 1_772_442_000_000_000_000
SCHEMA = """
create table people (id integer primary key, name varchar not null);
create table wide as select range as n, repeat('x', 400) as body from range(900);
create table long as select range as n from range(3000);
create view named as select name from people;
create schema archive;
create table archive.old (id integer);
comment on table people is 'everyone';
comment on column people.name is 'full name';
insert into people values (1, 'Ida'), (2, 'Bo');
"""
SETTINGS = SqlSettings(imitates="motherduck", schema=SCHEMA)
LINK = "\n    For further information visit https://errors.pydantic.dev/2.14/v/"


class Shop:
    """A world with one database behind one server, called as the path of a call does."""

    def __init__(self) -> None:
        part = SqlBuilder().build(SETTINGS, Ground(Path(), Chance(5), FIRST_NS))
        self.world = World("shop", {"duck": part}, clock=Clock(ClockState(FIRST_NS)), chance=Chance(5))
        self.server: MotherDuck = server("duck", SqlPresentation(imitates="motherduck"), SETTINGS)

    def call(self, tool: str, arguments: Any = ABSENT) -> Reply:
        """The reply to a call, its effect settled."""
        surface = self.server.surface
        if tool not in surface.by_name:
            return surface.fingerprint.unknown_tool(tool)
        accepted = surface.fingerprint.accept(surface.by_name[tool], arguments)
        if isinstance(accepted, Reply):
            return accepted
        self.world.clock.arrive()
        site = Site(self.world, self.world.parts["duck"], Identity(f"duck.{tool}"))
        reply = asyncio.run(self.server.call(Call("duck", tool, arguments), accepted, site))
        self.world.settle("agent")
        return reply

    def request(self, method: str, params: Any = None) -> Reply | None:
        """The reply to another request."""
        site = Site(self.world, self.world.parts["duck"], Identity(method))
        return asyncio.run(self.server.request(method, params, site))

    def text(self, tool: str, **arguments: Any) -> str:
        """The text of the only block."""
        reply = self.call(tool, arguments)
        assert reply.result is not None
        (block,) = reply.result["content"]
        assert list(block) == ["text", "type"]
        return str(block["text"])

    def told(self, tool: str, **arguments: Any) -> Any:
        """The text as JSON."""
        return json.loads(self.text(tool, **arguments))

    def query(self, sql: str) -> Any:
        """The answer to a query."""
        return self.told("execute_query", sql=sql)


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.world.close()


def test_rows_are_arrays_with_columns_and_types(shop: Shop) -> None:
    reply = shop.call("execute_query", {"sql": "select id, name, id as id from people order by 1"})

    assert reply.result is not None
    assert list(reply.result) == ["_meta", "content", "isError", "structuredContent"]
    text = reply.result["content"][0]["text"]
    assert reply.result["structuredContent"] == {"result": text}
    assert reply.result["_meta"] == {"fastmcp": {"wrap_result": True}}
    assert json.loads(text) == {
        "success": True,
        "columns": ["id", "name", "id"],
        "columnTypes": ["INTEGER", "VARCHAR", "INTEGER"],
        "rows": [[1, "Ida", 1], [2, "Bo", 2]],
        "rowCount": 2,
    }


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("date '2024-02-29'", '"2024-02-29"'),
        ("timestamp '2024-02-29 12:00:00.5'", '"2024-02-29 12:00:00.500000"'),
        ("timestamptz '2024-02-29 12:00:00+00'", '"2024-02-29 12:00:00+00:00"'),
        ("1.50::decimal(8,2)", '"1.50"'),
        ("uuid '00000000-0000-4000-8000-00000000000a'", '"00000000-0000-4000-8000-00000000000a"'),
        ("'a\\x00\\xFF'::blob", "\"b'a\\\\x00\\\\xff'\""),
        ("interval '1 day 2 hours'", '"1 day, 2:00:00"'),
        ("'nan'::double", "NaN"),
        ("'-inf'::double", "-Infinity"),
        ("'é日本'", '"\\u00e9\\u65e5\\u672c"'),
        ("12345678901234567890123::hugeint", "12345678901234567890123"),
        ("map {1: 'x'}", '{\n        "1": "x"\n      }'),
    ],
)
def test_values_look_as_pythons_json_and_str_show_them(shop: Shop, value: str, shown: str) -> None:
    text = shop.text("execute_query", sql=f"select {value} as v")

    assert f'"rows": [\n    [\n      {shown}\n    ]\n  ]' in text


def test_many_rows_and_many_characters_are_cut_with_a_warning(shop: Shop) -> None:
    many, wide = shop.query("from long"), shop.query("from wide")

    assert (many["rowCount"], many["truncated"]) == (1024, True)
    assert many["warning"] == "Results limited to 1,024 rows. Query returned more data."
    assert (wide["rowCount"], len(wide["rows"])) == (114, 114)
    assert wide["warning"] == "Results limited to 114 rows due to 50KB output size limit."
    assert shop.query("select repeat('x', 10000000) from range(5)")["rowCount"] == 0
    assert "truncated" not in shop.query("from long limit 1024")


def test_failures_of_queries_are_errors_with_json_inside(shop: Shop) -> None:
    reply = shop.call("execute_query", {"sql": "select * from nowhere"})

    assert reply.result is not None and reply.failed
    assert list(reply.result) == ["content", "isError"]
    head, _, told = reply.result["content"][0]["text"].partition(": ")
    assert head == "Error calling tool 'execute_query'"
    assert json.loads(told) == {
        "success": False,
        "error": 'Catalog Error: Table with name nowhere does not exist!\nDid you mean "wide"?\n\n'
        "LINE 1: select * from nowhere\n                      ^^^^^^^",
        "errorType": "CatalogException",
    }


def test_a_text_without_a_statement_shows_the_servers_own_slip(shop: Shop) -> None:
    for nothing in ("", ";", "-- only this"):
        assert "'NoneType' object has no attribute 'description'" in shop.text("execute_query", sql=nothing)
        assert '"errorType": "AttributeError"' in shop.text("execute_query", sql=nothing)
    assert "keys must be str, int, float, bool or None, not datetime.date" in shop.text(
        "execute_query", sql="select map {date '2024-01-01': 1}"
    )


def test_the_catalogue_tools(shop: Shop) -> None:
    assert shop.told("list_databases") == {
        "success": True,
        "databases": [{"name": "warehouse", "type": "duckdb"}],
        "databaseCount": 1,
    }
    listed = shop.told("list_tables", schema="main")
    assert [(each["name"], each["type"], each["comment"]) for each in listed["tables"]] == [
        ("long", "table", None), ("people", "table", "everyone"), ("wide", "table", None), ("named", "view", None)
    ]  # fmt: skip
    assert (listed["tableCount"], listed["viewCount"], listed["schema"]) == (3, 1, "main")
    assert shop.told("list_tables")["schema"] == "all"
    assert shop.told("list_columns", table="people") == {
        "success": True,
        "database": "warehouse",
        "schema": "main",
        "table": "people",
        "objectType": "table",
        "columns": [
            {"name": "id", "type": "INTEGER", "nullable": False, "comment": None},
            {"name": "name", "type": "VARCHAR", "nullable": False, "comment": "full name"},
        ],
        "columnCount": 2,
    }


def test_what_the_catalogue_does_not_have_is_a_successful_answer(shop: Shop) -> None:
    for tool, arguments, error in (
        ("list_tables", {"database": "x"}, "Database not found: x"),
        ("list_tables", {"schema": "y"}, "Schema not found: warehouse.y"),
        ("list_columns", {"table": "it's"}, "Table or view not found: warehouse.main.it's"),
    ):
        reply = shop.call(tool, arguments)
        assert reply.result is not None and reply.result["isError"] is False
        told = json.loads(reply.result["content"][0]["text"])
        assert (told["success"], told["error"], told["errorType"]) == (False, error, "NotFoundError")


def test_an_aborted_transaction_stops_the_catalogue_tools_too(shop: Shop) -> None:
    shop.call("execute_query", {"sql": "begin"})
    shop.call("execute_query", {"sql": "select * from nowhere"})

    assert "transaction is aborted" in shop.told("list_tables")["error"]
    shop.call("execute_query", {"sql": "rollback"})
    assert shop.told("list_tables")["success"]


PROBLEMS: list[tuple[str, Any, str]] = [
    (
        "execute_query", {"sql": 5},
        "call[execute_query]\nsql\n  Input should be a valid string [type=string_type, input_value=5, input_type=int]",
    ),
    (
        "execute_query", ABSENT,
        "call[execute_query]\nsql\n  Missing required argument "
        "[type=missing_argument, input_value={}, input_type=dict]",
    ),
    (
        "list_databases", {"x": [1]},
        "call[list_databases_tool]\nx\n  Unexpected keyword argument "
        "[type=unexpected_keyword_argument, input_value=[1], input_type=list]",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "arguments", "problem"), PROBLEMS)
def test_problems_with_arguments_are_told_in_the_validators_words(
    shop: Shop, tool: str, arguments: Any, problem: str
) -> None:
    kind = problem.partition("[type=")[2].partition(",")[0]
    text = f"1 validation error for {problem}{LINK}{kind}"

    assert shop.call(tool, arguments) == Reply({"content": [{"text": text, "type": "text"}], "isError": True})


def test_a_tool_that_is_not_there_is_a_failed_call(shop: Shop) -> None:
    text = "Unknown tool: 'nope'"
    assert shop.call("nope", {}) == Reply({"content": [{"text": text, "type": "text"}], "isError": True})


def test_arguments_that_are_no_object_are_a_protocol_error(shop: Shop) -> None:
    assert shop.call("list_databases", []) == Reply.refused(-32602, "Invalid request parameters", "")
    assert not shop.call("list_databases", None).failed


def test_there_are_no_resources_and_no_prompts(shop: Shop) -> None:
    assert shop.request("resources/read", {"uri": "x://y"}) == Reply.refused(
        -32602, "Resource not found: 'x://y'", {"uri": "x://y"}
    )
    assert shop.request("prompts/get", {"name": "y"}) == Reply.refused(-32602, "Unknown prompt: 'y'")
    assert shop.request("prompts/get", {"name": 5}) == Reply.refused(-32602, "Invalid request parameters", "")
    assert shop.request("logging/setLevel", {"level": "debug"}) == Reply({})
    assert shop.request("nope/nope") is None


def test_modern_results_carry_their_marks_in_the_sdks_order(shop: Shop) -> None:
    surface = shop.server.surface
    manner = surface.fingerprint
    success, failure = shop.call("list_databases"), shop.call("nope")
    assert success.result is not None and failure.result is not None

    def dressed(result: dict[str, Any], *, cacheable: bool = False) -> dict[str, Any]:
        return manner.modern_result(result, surface.server_info, cacheable=cacheable)

    assert list(dressed(success.result)) == ["_meta", "content", "isError", "resultType", "structuredContent"]
    assert list(dressed(failure.result)) == ["content", "isError", "resultType", "_meta"]
    assert list(dressed({"tools": []}, cacheable=True)) == ["cacheScope", "resultType", "tools", "ttlMs", "_meta"]
    discovered = dressed({"supportedVersions": ["2026-07-28"], "capabilities": {}, "instructions": "x"}, cacheable=True)
    assert list(discovered) == [
        "_meta", "ttlMs", "cacheScope", "supportedVersions", "capabilities", "instructions", "resultType"
    ]  # fmt: skip


def test_the_surface_is_as_the_real_one_but_for_its_prose(shop: Shop) -> None:
    surface = shop.server.surface
    shown = orjson.loads(orjson.dumps({"tools": surface.tools, "modern": surface.modern_tools}))

    assert [tool["name"] for tool in shown["tools"]] == [
        "execute_query",
        "list_databases",
        "list_tables",
        "list_columns",
    ]
    assert list(shown["tools"][0]) == [
        "_meta", "annotations", "description", "inputSchema", "name", "outputSchema", "title"
    ]  # fmt: skip
    assert list(shown["tools"][0]["inputSchema"]) == ["properties", "required", "type", "additionalProperties"]
    assert list(shown["modern"][0]["inputSchema"]) == ["type", "additionalProperties", "properties", "required"]
    assert (surface.modern, surface.handshake_versions[-1]) == (True, "2025-11-25")
    assert "/data/warehouse.duckdb" in str(surface.instructions)


def test_the_same_call_gets_the_same_bytes_in_a_fork(shop: Shop) -> None:
    asked = {"sql": "select uuid(), now(), random() from range(3)"}
    saved = shop.world.fork()
    first = shop.call("execute_query", asked)
    shop.world.adopt(saved)

    assert shop.call("execute_query", asked) == first
    assert shop.call("execute_query", asked) != first
