"""Seeded programs of calls for the MotherDuck server: what it can answer the same on every machine."""

import random
from collections.abc import Callable
from typing import Any

FIXTURE = """
CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL UNIQUE, born DATE, CHECK (id > 0));
CREATE TABLE sales (id INTEGER, person INTEGER REFERENCES people(id), cents BIGINT DEFAULT 100, rate DECIMAL(6,2),
    at TIMESTAMP, PRIMARY KEY (person, id));
CREATE TABLE notes (body VARCHAR, tags VARCHAR[], extra STRUCT(a INTEGER, b VARCHAR));
CREATE TABLE numbers AS SELECT range AS n, 'row ' || range AS label FROM range(3000);
CREATE TABLE wide AS SELECT range AS n, repeat('x', 400) AS body FROM range(900);
CREATE VIEW rich AS SELECT person, sum(cents) AS total FROM sales GROUP BY person;
CREATE SEQUENCE ticket START 10;
CREATE SCHEMA archive;
CREATE TABLE archive.old (id INTEGER, why VARCHAR);
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE INDEX by_rate ON sales (rate);
COMMENT ON TABLE people IS 'everyone';
COMMENT ON COLUMN people.born IS 'day of birth';
INSERT INTO people VALUES (1, 'Ida', '1984-02-29'), (2, 'Bo', NULL), (3, 'Ç''y', '2001-12-31');
INSERT INTO sales VALUES (1, 1, 1250, 0.19, '2026-01-02 03:04:05.678901'), (2, 1, 725, NULL, NULL),
    (1, 2, 9900, 7.5, '2026-02-03');
INSERT INTO notes VALUES ('naïve 日本', ['a', 'b'], {'a': 1, 'b': 'x'}), (NULL, [], NULL);
INSERT INTO archive.old VALUES (7, 'moved');
""".replace(" at TIMESTAMP", " moment TIMESTAMP")

VALUES = """
1
-1
NULL
1.50
1e10
-0.0::DOUBLE
'nan'::DOUBLE
'inf'::FLOAT
true
'text'
'é日本🎭'
DATE '2024-02-29'
DATE '0044-03-15 (BC)'
TIMESTAMP '2024-02-29 12:34:56.789'
TIMESTAMP 'infinity'
TIMESTAMPTZ '2024-02-29 12:34:56+00'
TIME '23:59:59.5'
INTERVAL '1 month 2 days 3 hours'
INTERVAL 90 SECOND
'a\\x00\\xFF'::BLOB
UUID '00000000-0000-4000-8000-00000000000a'
[1, 2, NULL]
[]
{'a': 1, 'b': 'x'}
MAP {'k': 1}
MAP {1: 'one'}
MAP {DATE '2024-01-01': 1}
12345678901234567890123::HUGEINT
'101'::BIT
'{"a": [1, 2]}'::JSON
'low'::mood
1::UTINYINT
3.14::DECIMAL(18,9)
[DATE '2024-01-01']
(1, 'x')
TIMETZ '10:00:00+02'
TIMESTAMP_NS '2024-01-01 00:00:00.123456789'
'x'::ENUM('x', 'y')
[[1], [2, 3]]
""".strip().splitlines()
READS = """
SELECT * FROM people
FROM people ORDER BY id
SELECT count(*), sum(cents), avg(rate) FROM sales
SELECT * FROM sales ORDER BY ALL
SELECT * FROM rich ORDER BY person
SELECT * FROM notes
SELECT p.name, s.cents FROM people p LEFT JOIN sales s ON s.person = p.id ORDER BY ALL
SELECT * FROM numbers
SELECT * FROM numbers LIMIT 1024
SELECT * FROM numbers LIMIT 1025
SELECT * FROM wide
SELECT * FROM wide LIMIT 119
SELECT n, body || body FROM wide LIMIT 60
SELECT 1 AS a, 2 AS a
SELECT 1 WHERE false
SHOW TABLES
DESCRIBE sales
DESCRIBE rich
SUMMARIZE people
PRAGMA table_info('people')
PRAGMA show_tables
SHOW DATABASES
SELECT person, cents, sum(cents) OVER (PARTITION BY person ORDER BY id) FROM sales ORDER BY ALL
WITH x AS (SELECT n % 7 AS k FROM numbers) SELECT k, count(*) FROM x GROUP BY ALL ORDER BY ALL
SELECT * EXCLUDE (born) FROM people ORDER BY id
SELECT COLUMNS('n.*') FROM people ORDER BY ALL
SELECT unnest([1, 2, 3])
PIVOT sales ON person USING sum(cents) GROUP BY id ORDER BY id
SELECT strftime(moment, '%d.%m.%Y') FROM sales ORDER BY ALL
SELECT name FROM people QUALIFY row_number() OVER (ORDER BY id) = 2
SELECT list(name ORDER BY id) FROM people
SELECT table_name, table_type FROM information_schema.tables ORDER BY ALL
SELECT * FROM archive.old
SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'sales' ORDER BY ordinal_position
SELECT current_database() IS NOT NULL, current_schema()
VALUES (1, 'a'), (2, NULL)
SELECT nextval('ticket')
SELECT currval('ticket')
SELECT string_agg(name, ', ' ORDER BY id) FROM people
SELECT 1; SELECT 2
SELECT 1;;
SELECT n FROM numbers WHERE n BETWEEN 5 AND 9 ORDER BY n DESC
SELECT regexp_extract(label, '[0-9]+') FROM numbers WHERE n = 42
SELECT json_extract('{"a": {"b": 5}}', '$.a.b')
SELECT typeof(rate), typeof(moment) FROM sales LIMIT 1
SELECT 5 / 2, 5 // 2, 5 % 2, 1 / 0
SELECT repeat('ab', 3)
SELECT [x * 2 FOR x IN [1, 2, 3] IF x > 1]
SELECT struct_extract({'a': 5}, 'a')
EXPLAIN SELECT 1
""".strip().splitlines()
READS += ["-- nothing\nSELECT 'after a comment' AS c"]
BROKEN = """
;
-- only a comment
selec 1
SELECT
SELECT * FROM nowhere
SELECT nothing FROM people
SELECT 1 +
SELECT id FROM people p JOIN sales s ON s.person = p.id
SELECT name, count(*) FROM people
SELECT 'abc'::INTEGER
SELECT * FROM people WHERE name = 5
SELECT nofunction(1)
SELECT sum('x')
SELECT CAST('2024-13-01' AS DATE)
SELECT 1; SELECT * FROM nowhere; SELECT 3
INSERT INTO people VALUES (1, 'again', NULL)
SELECT 2147483647::INTEGER + 1::INTEGER
INSERT INTO people VALUES (0, 'zero', NULL)
INSERT INTO people (id) VALUES (50)
INSERT INTO people VALUES (51, 'Ida', NULL)
INSERT INTO sales (id, person) VALUES (9, 99)
DELETE FROM people WHERE id = 1
INSERT INTO people VALUES (1)
UPDATE people SET nope = 1
CREATE TABLE people (a INTEGER)
DROP TABLE nowhere
ALTER TABLE people ADD COLUMN id INTEGER
CREATE VIEW rich AS SELECT 1
SELECT * FROM archive.nowhere
SELECT * FROM nowhere.people
SELECT (SELECT n FROM numbers)
COMMIT
ROLLBACK
SELECT $1
SELECT ?
EXECUTE nothing
SELECT 'unterminated
SELECT * FROM people LIMIT 'x'
SELECT * FROM people ORDER BY 9
SELECT 1 UNION SELECT 'a', 2
INSERT INTO rich VALUES (1, 2)
SAVEPOINT a
SELECT error('on purpose')
SELECT 'x'::mood
SELECT [1, 2][5], MAP {'a': 1}['b']
TRUNCATE nowhere
GRANT ALL TO x
""".strip().splitlines()
BROKEN += [""]
SCRIPTS = [
    block.splitlines()
    for block in """
BEGIN
INSERT INTO archive.old VALUES (8, 'inside')
SELECT * FROM archive.old ORDER BY ALL
ROLLBACK
SELECT count(*) FROM archive.old

BEGIN
UPDATE sales SET cents = cents + 1 WHERE person = 1
COMMIT
SELECT * FROM sales ORDER BY ALL

BEGIN
SELECT * FROM nowhere
SELECT 1
INSERT INTO archive.old VALUES (9, 'lost')
ROLLBACK
FROM archive.old

BEGIN; INSERT INTO archive.old VALUES (10, 'x'); COMMIT
FROM archive.old ORDER BY ALL

CREATE TEMP TABLE scratch AS SELECT 1 AS a
INSERT INTO scratch VALUES (2)
FROM scratch ORDER BY a
DROP TABLE scratch

SET VARIABLE chosen = 2
SELECT getvariable('chosen')
SELECT name FROM people WHERE id = getvariable('chosen')

PREPARE pick AS SELECT name FROM people WHERE id = $1
EXECUTE pick(2)
EXECUTE pick(99)
DEALLOCATE pick
EXECUTE pick(1)

CREATE MACRO twice(x) AS x * 2
SELECT twice(21)
DROP MACRO twice
SELECT twice(21)

CREATE OR REPLACE VIEW poor AS SELECT * FROM people WHERE id > 1
FROM poor ORDER BY id
DROP VIEW poor
FROM poor

CREATE TABLE made (a INTEGER DEFAULT 7, b VARCHAR)
INSERT INTO made (b) VALUES ('x'), (NULL) RETURNING *
ALTER TABLE made ADD COLUMN c DOUBLE
ALTER TABLE made RENAME b TO bb
FROM made
UPDATE made SET c = a / 2 RETURNING c
DELETE FROM made WHERE bb IS NULL RETURNING a
TRUNCATE made
DROP TABLE made

INSERT INTO archive.old VALUES (20, 'a'); INSERT INTO archive.old VALUES ('x', 'b'); DELETE FROM archive.old
SELECT * FROM archive.old ORDER BY ALL

USE archive
FROM old ORDER BY ALL
USE main
SELECT current_schema()

CREATE SEQUENCE steps
SELECT nextval('steps'), nextval('steps')
SELECT nextval('steps')
DROP SEQUENCE steps

CREATE TABLE kept AS FROM people
SELECT count(*) FROM kept
CREATE INDEX kept_names ON kept (name)
DROP TABLE kept

CREATE SCHEMA side
CREATE TABLE side.t (a INTEGER)
DROP SCHEMA side
DROP SCHEMA side CASCADE
""".strip().split("\n\n")
]

Step = dict[str, Any]


def program(seed: int, steps: int) -> list[Step]:
    """Calls in an order of the seed's choice; each kind of call appears in any long program."""
    rng = random.Random(f"motherduck/{seed}")
    counter = iter(range(1_000, 10_000))
    kinds: list[Callable[[], list[Step]]] = [
        lambda: [sql(rng.choice(READS))],
        lambda: [sql(f"SELECT {', '.join(rng.sample(VALUES, rng.randint(1, 5)))}")],
        lambda: [sql(rng.choice(BROKEN))],
        lambda: [sql(text) for text in rng.choice(SCRIPTS)],
        lambda: [sql(write(rng, next(counter)))],
        lambda: [listing(rng)],
        lambda: [bad_arguments(rng)],
    ]
    found: list[Step] = []
    while len(found) < steps:
        found += rng.choices(kinds, [6, 4, 5, 2, 4, 4, 2])[0]()
    return found[:steps]


def sql(text: str) -> Step:
    """A query."""
    return {"tool": "execute_query", "arguments": {"sql": text}}


def write(rng: random.Random, number: int) -> str:
    """A statement that changes rows, most of the time."""
    person, cents = rng.randint(1, 4), rng.randint(-5, 5000)
    return rng.choice(
        [
            f"INSERT INTO people VALUES ({number}, 'name {number}', NULL)",
            f"INSERT INTO people VALUES ({person}, 'name {number}', '2000-01-01')"
            " ON CONFLICT DO UPDATE SET born = excluded.born",
            f"INSERT OR IGNORE INTO people VALUES ({person}, 'ignored', NULL)",
            f"INSERT INTO sales (id, person, cents) VALUES ({number}, {person}, {cents}) RETURNING id, cents, rate",
            f"UPDATE sales SET cents = {cents} WHERE person = {person}",
            f"UPDATE sales SET rate = {cents}.5 WHERE id = {person} RETURNING *",
            f"DELETE FROM sales WHERE cents < {cents // 50}",
            f"INSERT INTO notes VALUES ('note {number}', ['{person}'], {{'a': {cents}, 'b': NULL}})",
            f"INSERT INTO archive.old SELECT n, label FROM numbers WHERE n < {person}",
            f"DELETE FROM archive.old WHERE id = {person}",
            f"MERGE INTO archive.old o USING (SELECT {person} AS k) s ON o.id = s.k"
            " WHEN MATCHED THEN UPDATE SET why = 'merged' WHEN NOT MATCHED THEN INSERT VALUES (s.k, 'new')",
            f"UPDATE people SET born = born + {person} WHERE born IS NOT NULL",
            f"WITH gone AS (SELECT {number} AS id) DELETE FROM people WHERE id IN (SELECT id FROM gone)",
        ]
    )


def listing(rng: random.Random) -> Step:
    """A look into the catalogue."""
    schemas = [None, "main", "archive", "nowhere", "", "MAIN"]
    return rng.choice(
        [
            {"tool": "list_databases", "arguments": {}},
            {
                "tool": "list_tables",
                "arguments": rng.choice([{}, {"schema": rng.choice(schemas)}, {"database": "nowhere"}]),
            },
            {
                "tool": "list_tables",
                "arguments": {"database": rng.choice(["{NAME}", "system", "temp"]), "schema": "main"},
            },
            {
                "tool": "list_columns",
                "arguments": {"table": rng.choice(["people", "sales", "rich", "nowhere", "it's", ""])},
            },
            {"tool": "list_columns", "arguments": {"table": "old", "schema": rng.choice(schemas)}},
            {
                "tool": "list_columns",
                "arguments": {"table": "people", "database": rng.choice([None, "nowhere", "{NAME}"])},
            },
        ]
    )


def bad_arguments(rng: random.Random) -> Step:
    """A call that does not fit the tool's schema, or a tool that is not there."""
    wrong: Any = rng.choice([5, 1.5, None, True, [], ["a", 1], {"a": {"b": 1}}, "x" * 90])
    return rng.choice(
        [
            {"tool": "execute_query", "arguments": {"sql": wrong} if wrong != "x" * 90 else {}},
            {"tool": "execute_query", "arguments": {"sql": "SELECT 1", "extra": wrong}},
            {"tool": "execute_query", "arguments": {"query": "SELECT 1"}},
            {"tool": "list_tables", "arguments": {"database": wrong, "schema": wrong, "more": wrong}},
            {"tool": "list_columns", "arguments": {"database": wrong}},
            {"tool": "list_databases", "arguments": {"x": wrong}},
            {"tool": "list_databases", "arguments": None},
            {"tool": "nope", "arguments": {}},
            {"tool": "Execute_Query", "arguments": {"sql": "SELECT 1"}},
        ]
    )
