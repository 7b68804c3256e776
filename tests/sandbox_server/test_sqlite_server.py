"""The SQLite server: what its tools answer, what it remembers, and what happens to statements that end a worker."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox_server.call import Call, Reply
from sandbox_server.episode import Episode
from sandbox_server.families.sql.sqlite.driver import ending_of, is_committed, without_comments
from sandbox_server.families.sql.sqlite.memo import Memo
from sandbox_server.families.sql.sqlite.rendering import spelled
from sandbox_server.family import Site, families
from sandbox_server.fingerprint import fingerprints
from sandbox_server.path import request, walk
from sandbox_server.presentation import present
from sandbox_server.stage import Stage
from worlds.chance import NOBODY
from worlds.worldfile import plan_world
from worlds.yamlfile import Document

SCHEMA = """
CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL, price REAL);
INSERT INTO books VALUES (1, 'It''s', 2.5), (2, 'naïve', NULL);
"""


@pytest.fixture
def episode() -> Iterator[Episode]:
    entry = {"kind": "sql", "imitates": "sqlite", "schema": SCHEMA}
    document = Document("world.yaml", {"soundstage": 1, "world": "probe", "servers": {"shop": entry}})
    opened = Stage().open(present(plan_world(document, Path()), seed=4))
    yield opened
    opened.close()


def tell(episode: Episode, tool: str, **arguments: Any) -> Reply:
    """The reply to one call."""
    return asyncio.run(walk(episode, Call("shop", tool, arguments))).reply


def text(episode: Episode, tool: str, **arguments: Any) -> str:
    """The text of one call's successful result."""
    result = tell(episode, tool, **arguments).result
    assert result is not None
    assert (list(result), result["isError"]) == (["content", "isError"], False)
    (block,) = result["content"]
    return str(block["text"])


def ask(episode: Episode, method: str, params: Any) -> Reply:
    outcome = asyncio.run(request(episode, "shop", method, params, "agent"))
    assert outcome is not None
    return outcome.reply


def test_rows_are_spelled_as_python_spells_dicts(episode: Episode) -> None:
    assert text(episode, "read_query", query="SELECT * FROM books") == (
        "[{'id': 1, 'title': \"It's\", 'price': 2.5}, {'id': 2, 'title': 'naïve', 'price': None}]"
    )
    assert text(episode, "read_query", query="SELECT 1 AS a, 2 AS A, 3 AS a, x'00' AS ü, 9e999 AS Ü") == (
        "[{'a': 1, 'A': 1, 'ü': b'\\x00', 'Ü': inf}]"
    )
    assert text(episode, "list_tables") == "[{'name': 'books'}]"
    assert text(episode, "describe_table", table_name="nobody") == "[]"
    assert "'name': 'title', 'type': 'TEXT', 'notnull': 1" in text(episode, "describe_table", table_name="books")


def test_failures_are_texts_of_successful_results(episode: Episode) -> None:
    assert text(episode, "read_query", query="SELECT nope") == "Database error: no such column: nope"
    assert text(episode, "read_query", query="DELETE FROM books") == (
        "Error: Only SELECT queries are allowed for read_query"
    )
    assert text(episode, "write_query", query=" select 1") == "Error: SELECT queries are not allowed for write_query"
    assert text(episode, "create_table", query="DROP TABLE books") == "Error: Only CREATE TABLE statements are allowed"
    assert text(episode, "create_table", query="CREATE TABLE books (a)") == "Database error: table books already exists"
    assert text(episode, "read_query", query="SELECT '\ud800'").startswith("Error: 'utf-8' codec can't encode")
    assert text(episode, "nope") == "Error: Missing arguments"
    assert text(episode, "nope", a=1) == "Error: Unknown tool: nope"


def test_arguments_are_refused_in_the_schema_librarys_words(episode: Episode) -> None:
    for arguments, words in (({}, "'query' is a required property"), ({"query": None}, "None is not of type 'string'")):
        assert tell(episode, "read_query", **arguments).result == {
            "content": [{"type": "text", "text": f"Input validation error: {words}"}],
            "isError": True,
        }


def test_writes_are_kept_or_lost_as_the_imitated_server_keeps_or_loses_them(episode: Episode) -> None:
    first = episode.digest
    assert text(episode, "write_query", query="REPLACE INTO books VALUES (9, 'lost', 0)") == "[]"
    assert text(episode, "write_query", query="-- c\nDELETE FROM books") == "[]"
    assert text(episode, "write_query", query="INSERT INTO books (title) VALUES ('r') RETURNING id") == (
        "Database error: cannot commit transaction - SQL statements in progress"
    )
    assert episode.digest == first
    assert text(episode, "write_query", query="INSERT INTO books (title) VALUES ('new')") == "[{'affected_rows': 1}]"
    assert (
        text(episode, "write_query", query="WITH x AS (SELECT 'w') INSERT INTO books (title) SELECT * FROM x") == "[]"
    )
    assert text(episode, "create_table", query="CREATE TABLE more (a)") == "Table created successfully"
    assert text(episode, "write_query", query="DROP TABLE more") == "[{'affected_rows': -1}]"
    paths = [change.path for change in episode.diff()]
    assert paths == ["shop.books[3]", "shop.books[4]"]
    assert {actor for change in episode.diff() for actor in change.actors} == {"agent"}


def test_the_memo_is_state_of_the_episode(episode: Episode) -> None:
    outcome = asyncio.run(walk(episode, Call("shop", "append_insight", {"insight": "Sales rise"})))
    assert outcome.outbox == [{"method": "notifications/resources/updated", "params": {"uri": "memo://insights"}}]
    kept = asyncio.run(episode.snapshot())
    once = ask(episode, "resources/read", {"uri": "memo://insights"})
    text(episode, "append_insight", insight="Nights are long")
    twice = ask(episode, "resources/read", {"uri": "memo://insights"})
    asyncio.run(episode.restore(snapshot=kept.id))

    assert once.result is not None
    assert twice.result is not None
    assert once.result["contents"][0]["text"].endswith("- Sales rise")
    assert "2 key business insights" in twice.result["contents"][0]["text"]
    assert ask(episode, "resources/read", {"uri": "memo://insights"}) == once
    asyncio.run(episode.reset())
    fresh = ask(episode, "resources/read", {"uri": "memo://insights"})
    assert fresh.result is not None
    assert fresh.result["contents"][0]["text"] == "No business insights have been discovered yet."


def test_a_memo_survives_its_dump() -> None:
    memo = Memo().noting("a").noting("é\n")
    loaded = Memo().load(json.loads(json.dumps(memo.dump())))

    assert loaded == memo
    assert loaded.digest() == memo.digest() != Memo().digest()


def test_resources_and_prompts_that_are_not_there_are_refused(episode: Episode) -> None:
    assert ask(episode, "resources/read", {"uri": "memo://x"}) == Reply.refused(0, "Unknown resource path: x")
    assert ask(episode, "resources/read", {"uri": "http://x/"}) == Reply.refused(0, "Unsupported URI scheme: http")
    params: Any
    for params in ({"uri": "x"}, {"uri": 5}, {}, None, [], "x"):
        assert ask(episode, "resources/read", params) == Reply.refused(-32602, "Invalid request parameters", "")
    assert ask(episode, "prompts/get", {"name": "x"}) == Reply.refused(0, "Unknown prompt: x")
    assert ask(episode, "prompts/get", {"name": "mcp-demo"}) == Reply.refused(0, "Missing required argument: topic")
    for params in ({"name": 5}, {}, None, [], {"name": "mcp-demo", "arguments": {"topic": 5}}):
        assert ask(episode, "prompts/get", params) == Reply.refused(-32602, "Invalid request parameters", "")


def test_the_prompt_speaks_of_its_topic(episode: Episode) -> None:
    result = ask(episode, "prompts/get", {"name": "mcp-demo", "arguments": {"topic": "{cats}"}}).result

    assert result is not None
    assert result["description"] == "Demo template for {cats}"
    (message,) = result["messages"]
    assert message["role"] == "user"
    assert message["content"]["text"].count("{cats}") == 3


def test_equal_calls_draw_different_random_numbers_and_restored_ones_the_same(episode: Episode) -> None:
    query = "SELECT random(), datetime('now')"
    kept = asyncio.run(episode.snapshot())
    answers = [text(episode, "read_query", query=query) for _ in range(3)]
    asyncio.run(episode.restore(snapshot=kept.id))

    assert len(set(answers)) == 3
    assert [text(episode, "read_query", query=query) for _ in range(3)] == answers


def test_a_kill_is_noted_for_the_ledger_and_not_decided_again(episode: Episode) -> None:
    server = episode.servers["shop"]
    site = Site(episode.world, episode.world.parts["shop"], NOBODY, notes={"decided": "killed"})
    call = Call("shop", "write_query", {"query": "DELETE FROM books"})
    reply = asyncio.run(server.call(call, dict(call.arguments), site))

    assert reply.result is not None
    assert reply.result["content"][0]["text"] == "Database error: interrupted"
    assert site.notes == {"decided": "killed"}
    assert text(episode, "read_query", query="SELECT count(*) FROM books") == "[{'count(*)': 2}]"


def test_identity_is_the_statement_or_the_table_and_never_an_insight(episode: Episode) -> None:
    server = episode.servers["shop"]

    assert server.identity_arguments("read_query", {"query": "SELECT 1", "x": 2}) == {"query": "SELECT 1"}
    assert server.identity_arguments("describe_table", {"table_name": "t"}) == {"table_name": "t"}
    assert server.identity_arguments("append_insight", {"insight": "x"}) == {}
    assert server.identity_arguments("read_query", {"query": "\ud800"}) == {"query": "?"}


@pytest.mark.anyio
async def test_many_rows_are_spelled_in_turns() -> None:
    columns, rows = ("a", "b", "A"), [(number, f"it's {number}", None) for number in range(2_345)]

    spelling = await spelled(columns, rows)
    assert spelling == str([{"a": a, "b": b, "A": a} for a, b, _ in rows])


@pytest.mark.parametrize(
    ("query", "ending", "committed"),
    [
        ("INSERT INTO t VALUES (1)", "kept", True),
        ("  \n\tupdate t set a = 1", "kept", True),
        ("/* a */ -- b\n DELETE FROM t", "lost", False),
        ("REPLACE INTO t VALUES (1)", "lost", False),
        ("WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", "alone", False),
        ("CREATE TABLE t (a)", "alone", True),
        ("SELECT 1", "alone", False),
        ("/* open", "alone", False),
        ("", "alone", False),
        ("\u00a0INSERT INTO t VALUES (1)", "alone", True),
    ],
)
def test_statements_end_as_the_driver_and_the_server_end_them(query: str, ending: str, committed: bool) -> None:
    assert (ending_of(query), is_committed(query)) == (ending, committed)


def test_comments_are_skipped_as_the_driver_skips_them() -> None:
    assert without_comments(" -- a\n/* b */\f\n-- c") == ""
    assert without_comments("/**/ x -- y") == "x -- y"


def test_the_fingerprint_words_what_the_sdk_words() -> None:
    manner = fingerprints.get("python_lowlevel")

    assert manner.unknown_method("resources/templates/list") == Reply.refused(-32601, "Method not found")
    assert manner.unknown_method("nope") == Reply.refused(-32602, "Invalid request parameters", "")
    assert [manner.negotiate(offered, ("2024-11-05", "2025-11-25")) for offered in ("2024-11-05", "1999", None)] == [
        "2024-11-05", "2025-11-25", "2025-11-25",
    ]  # fmt: skip
    assert json.dumps(manner.frame(3, manner.text("x"))) == (
        '{"jsonrpc": "2.0", "id": 3, "result": {"content": [{"type": "text", "text": "x"}], "isError": false}}'
    )
    assert manner.frame("a", Reply.refused(-1, "no", "")) == {
        "jsonrpc": "2.0", "id": "a", "error": {"code": -1, "message": "no", "data": ""},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "'q' is a required property"),
        ({"q": 5}, "5 is not of type 'string'"),
        ({"q": "b"}, "'b' is too short"),
        ({"q": "bb"}, "'bb' does not match '^a'"),
        ({"q": "ab", "n": 1}, "1 is less than the minimum of 3"),
        ({"q": "ab", "n": "x"}, "'x' is not of type 'integer', 'null'"),
        ({"q": "ab", "e": True}, "True is not one of ['a', None]"),
        ({"q": "ab", "l": []}, "[] should be non-empty"),
        ({"q": "ab", "l": [1, "x"]}, "'x' is not of type 'integer'"),
        ({"q": "ab", "l": [1, 2, 3]}, "[1, 2, 3] is too long"),
        ({"q": "ab", "a": None}, "None is not valid under any of the given schemas"),
        ({"q": "ab", "z": 1, "y": {"it's": 1}}, "Additional properties are not allowed ('y', 'z' were unexpected)"),
    ],
)
def test_problems_are_worded_as_pythons_schema_library_words_them(arguments: Any, words: str) -> None:
    schema = {
        "type": "object",
        "properties": {
            "q": {"type": "string", "minLength": 2, "pattern": "^a"},
            "n": {"type": ["integer", "null"], "minimum": 3},
            "e": {"enum": ["a", None]},
            "l": {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2},
            "a": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        },
        "required": ["q"],
        "additionalProperties": False,
    }
    manner = fingerprints.get("python_lowlevel")

    assert manner.accept({"name": "t", "inputSchema": schema}, arguments) == manner.failure(
        f"Input validation error: {words}"
    )
    assert manner.accept({"name": "t", "inputSchema": schema}, {"q": "ab"}) == {"q": "ab"}


def test_the_family_is_registered_and_presents_six_tools() -> None:
    family = families.get("sql")
    server = family.server("shop", family.Settings(), None)

    assert [tool["name"] for tool in server.surface.tools] == [
        "read_query", "write_query", "create_table", "list_tables", "describe_table", "append_insight",
    ]  # fmt: skip
