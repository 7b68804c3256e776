"""Seeded random programs for the SQLite servers: statements that succeed or fail, and calls that make no sense.

Nothing depends on the time of day, on chance, on a file's place, or on what SQLite changed between 3.40 and now.
"""

import random
from typing import Any

Request = tuple[str, Any]

LISTS: list[Request] = [
    (method, None) for method in ("tools/list", "resources/list", "prompts/list", "resources/templates/list", "ping")
]
PROTOCOL: list[Request] = [
    ("nope", None),
    ("completion/complete", {"ref": {"type": "ref/prompt", "name": "x"}, "argument": {"name": "a", "value": "b"}}),
    ("resources/subscribe", {"uri": "memo://insights"}),
    ("logging/setLevel", {"level": "info"}),
    ("tasks/list", None),
    *(
        ("resources/read", {"uri": uri})
        for uri in (
            "memo://insights",
            "MEMO://insights",
            "memo://INSIGHTS",
            "memo://insights/",
            "memo:insights",
            "memo://",
            "x",
            "memo://other?a=1#b",
            "file:///x",
            "http://Example.com",
            5,
            None,
            " memo://insights ",
            "memo://in sights",
        )
    ),
    ("resources/read", {}),
    *(
        ("tools/call", params)
        for params in (
            {"name": "nope"},
            {"name": "nope", "arguments": {"a": 1}},
            {"name": "nope", "arguments": []},
            {"name": 5},
            {},
            {"name": "", "arguments": {}},
            {"name": "read_query"},
            {"name": "read_query", "arguments": None},
            {"name": "read_query", "arguments": {"query": 5}},
            {"name": "read_query", "arguments": {"query": ["a", None]}},
            {"name": "read_query", "arguments": {"query": None}},
            {"name": "read_query", "arguments": "SELECT 1"},
            {"name": "read_query", "arguments": {"query": "SELECT 1", "more": {"x": [1.5]}}},
            {"name": "list_tables"},
            {"name": "list_tables", "arguments": {"x": 1}},
            {"name": "describe_table"},
            {"name": "append_insight", "arguments": {"insight": True}},
            {"name": "append_insight", "arguments": {"insight": ""}},
            {"name": "append_insight", "arguments": {"insight": "naïve 日本 🎭\n- two"}},
        )
    ),
    ("resources/read", {"uri": "memo://insights"}),
    *(
        ("prompts/get", params)
        for params in (
            {"name": "mcp-demo"},
            {"name": "mcp-demo", "arguments": {"topic": "cats", "x": "y"}},
            {"name": 5},
            {},
            {"name": "mcp-demo", "arguments": {"topic": 5}},
            {"name": "x", "arguments": {"topic": "a"}},
            {"name": "mcp-demo", "arguments": {"topic": ""}},
            {"name": "mcp-demo", "arguments": None},
        )
    ),
]

VALUES = [
    "NULL",
    "0",
    "-1",
    "42",
    "9223372036854775807",
    "-9223372036854775808",
    "1.5",
    "-0.0",
    "1e300",
    "1e-7",
    "9e999",
    "'a'",
    "''",
    "'it''s'",
    "'\"quoted\"'",
    "'two\nlines'",
    "'tab\tback\\slash'",
    "'naïve 日本 🎭'",
    "x'00ff'",
    "x''",
    "TRUE",
    "0.1 + 0.2",
    "7 / 2",
    "7 % -3",
    "1 / 0",
    "'5' + 5",
    "CAST('12abc' AS INTEGER)",
    "upper('straße')",
    "hex('abc')",
    "substr('hello', -3)",
    "char(233, 128512)",
    "CAST(x'ff41' AS TEXT)",
    "typeof(1.0)",
    "coalesce(NULL, 'x')",
    "json_object('a', 1, 'b', json('[1,null]'))",
    "json_extract('{\"a\":{\"b\":2}}', '$.a.b')",
    "printf('%05d|%-5s|', 42, 'a')",
    "date('2024-02-29', '+1 year')",
    "strftime('%Y-%m', '2024-05-06')",
    "julianday('2024-01-01')",
    "round(2.5)",
    "abs(-7)",
    "quote('it''s')",
    "'abc' LIKE 'A%'",
    "'abc' GLOB 'A*'",
    "instr('hello', 'l')",
    "replace('aXb', 'X', '--')",
    "zeroblob(2)",
]
NAMES = ["books", "Members", '"odd name"', "ünï", "loans"]
READS = [
    "SELECT * FROM {t}",
    "SELECT * FROM {t} ORDER BY id DESC LIMIT {n}",
    "select title, id from {t} where id > {n} order by 1",
    "SELECT count(*), min(id), max(title), total(price) FROM {t}",
    "SELECT title, count(*) AS n FROM {t} GROUP BY title HAVING n > 1",
    "SELECT a.id, b.id FROM {t} a JOIN {t} b ON a.id < b.id ORDER BY 1, 2 LIMIT 5",
    "SELECT {v} AS v, {v} AS V, {v}",
    "SELECT {v}",
    "SELECT DISTINCT typeof(price) FROM {t} ORDER BY 1",
    "SELECT id, lag(id) OVER (ORDER BY id) FROM {t}",
    "SELECT (SELECT max(id) FROM {t}), EXISTS (SELECT 1 FROM {t}), {v}",
    "SELECT * FROM {t} WHERE title = {v}",
    "SELECT nope FROM {t}",
    "SELECT * FORM {t}",
    "SELECT * FROM",
    "SELECT 'open",
    "SELECT nofunc({v})",
    "SELECT abs()",
    "SELECT ?",
    "SELECT :a, @b",
    "SELECT 1;",
    "SELECT 1;;",
    "SELECT 1; SELECT 2",
    "SELECT 1; -- done",
    "SELECT 1 UNION SELECT 1, 2",
    "  \n\tselect 1 AS one",
    "WITH x AS (SELECT 1) SELECT * FROM x",
    "(SELECT 1)",
    "-- c\nSELECT 1",
    "",
    "VALUES (1)",
    "SELECT name FROM sqlite_master ORDER BY 1",
    "SELECT value FROM json_each('[3,1,2]') ORDER BY 1",
    'SELECT "nope"',
    "SELECT rowid, * FROM {t}",
    "SELECT * FROM {t}, {t}",
    "SELECT x FROM (WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 1500) SELECT x FROM c)",
    "SELECT last_insert_rowid(), changes(), total_changes()",
    "SELECT 1 WHERE 0",
    "SELECT load_extension('x')",
    "SELECT 1\0",
    "SELECT title FROM {t} LIMIT 'x'",
    "SELECT sum(9223372036854775807) FROM (SELECT 1 UNION ALL SELECT 2)",
    "SELECT abs(-9223372036854775808)",
]
WRITES = [
    "INSERT INTO {t} (title, price) VALUES ({v}, {v}), ('b', {n})",
    "INSERT INTO {t} VALUES ({n}, {v}, {v}, {v})",
    "INSERT INTO {t} (id, title) VALUES ({n}, {v})",
    "INSERT OR IGNORE INTO {t} (id, title) VALUES ({n}, {v}), ({n}, 'x')",
    "INSERT OR REPLACE INTO {t} (id, title) VALUES ({n}, 'r')",
    "REPLACE INTO {t} (id, title) VALUES ({n}, 'lost')",
    "INSERT INTO {t} (id, title) VALUES ({n}, 'u') ON CONFLICT (id) DO UPDATE SET title = excluded.title",
    "INSERT INTO {t} VALUES (1)",
    "INSERT INTO {t} (title) VALUES ('r') RETURNING id",
    "INSERT OR IGNORE INTO {t} (id, title) VALUES ({n}, 'r') RETURNING id",
    "INSERT INTO {t} (nope) VALUES (1)",
    "INSERT INTO {t} DEFAULT VALUES",
    "INSERT INTO {t} (title) SELECT title FROM {t} LIMIT 2",
    "WITH x (a) AS (VALUES ('cte')) INSERT INTO {t} (title) SELECT a FROM x",
    "/* c */ INSERT INTO {t} (title) VALUES ('lost')",
    "UPDATE {t} SET price = {v} WHERE id <= {n}",
    "update {t} set title = {v} where id = {n};",
    "UPDATE {t} SET id = id + 1",
    "UPDATE {t} SET title = NULL",
    "UPDATE OR IGNORE {t} SET id = {n}",
    "DELETE FROM {t} WHERE id = {n}",
    "DELETE FROM {t} WHERE id > 8",
    "DELETE FROM {t}; DELETE FROM {t}",
    "  delete from {t} where nope",
    "ALTER TABLE {t} ADD COLUMN c{n} TEXT DEFAULT 'd'",
    "ALTER TABLE {t} DROP COLUMN c{n}",
    "ALTER TABLE {t} RENAME COLUMN price TO cost",
    "ALTER TABLE {t} RENAME COLUMN cost TO price",
    "CREATE INDEX IF NOT EXISTS ix{n} ON {t} (title)",
    "CREATE VIEW v{n} AS SELECT title FROM {t}",
    "DROP VIEW v{n}",
    "DROP TABLE {t}",
    "CREATE TRIGGER tr{n} AFTER INSERT ON {t} BEGIN UPDATE {t} SET price = 9 WHERE id = new.id; END",
    "DROP TRIGGER tr{n}",
    "PRAGMA user_version = {n}",
    "PRAGMA user_version",
    "PRAGMA foreign_keys = 1",
    "PRAGMA foreign_keys",
    "VACUUM",
    "REINDEX",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT s",
    "RELEASE s",
    "EXPLAIN DELETE FROM {t}",
    "SELECT 1",
    "select 1",
    "",
    ";",
    "-- only",
    "DROP TABLE no_such",
    "ATTACH ':memory:' AS other",
    "DETACH other",
    "PRAGMA index_list({t})",
    "PRAGMA nope",
    "GRANT ALL",
    "INSERTED",
    "DROP INDEX ix{n}",
]
CREATES = [
    "CREATE TABLE {t} (id INTEGER PRIMARY KEY, title TEXT NOT NULL, price REAL, data BLOB)",
    "create table if not exists {t} (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT DEFAULT 'none', price, data);",
    "  CREATE TABLE {t} (id INT PRIMARY KEY, title TEXT UNIQUE, price REAL CHECK (price < 100), data) WITHOUT ROWID",
    "CREATE TABLE {t} (id INTEGER PRIMARY KEY, title TEXT, price REAL, data ANY) STRICT",
    "CREATE TABLE copy{n} AS SELECT * FROM {t}",
    "CREATE TEMP TABLE mine (a)",
    "CREATE TABLE bad (a INT,)",
    "CREATE TABLE dup (a, a)",
    "CREATE TABLE (",
    "CREATE VIEW x AS SELECT 1",
    "",
    "CREATE TABLE {t} (id INTEGER PRIMARY KEY, parent INT REFERENCES books (id))",
]
DESCRIBED = [
    "{t}",
    "no_such",
    "",
    "sqlite_master",
    "books; DROP TABLE books",
    "books)",
    "'books'",
    "v1",
    "copy1",
    "[books]",
    "{t} -- c",
]


def program(seed: int, count: int) -> list[Request]:
    """The requests of one program: what servers offer, then calls that mostly make sense."""
    rng = random.Random(f"sqlite {seed}")
    calls = [_call("create_table", query=CREATES[0].replace("{t}", "books"))]
    tools = {"read_query": READS, "write_query": WRITES, "create_table": CREATES}
    while len(calls) < count:
        roll = rng.random()
        if roll < 0.9:
            tool = rng.choices(list(tools), [40, 42, 10])[0]
            calls.append(_call(tool, query=_filled(rng, rng.choice(tools[tool]))))
        elif roll < 0.94:
            calls.append(_call("describe_table", table_name=_filled(rng, rng.choice(DESCRIBED))))
        elif roll < 0.98:
            calls.append(_call("list_tables"))
        else:
            calls.append(rng.choice(PROTOCOL))
    return [*LISTS, *calls]


def _call(tool: str, **arguments: Any) -> Request:
    return "tools/call", {"name": tool, "arguments": arguments}


def _filled(rng: random.Random, template: str) -> str:
    name = rng.choice(["books", "books", *NAMES])
    pieces = template.replace("{t}", name).split("{v}")
    text = pieces[0] + "".join(rng.choice(VALUES) + piece for piece in pieces[1:])
    return text.replace("{n}", str(rng.randint(0, 9)))
