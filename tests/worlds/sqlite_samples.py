"""Databases and statements for the tests of the SQLite engine."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

from worlds.chance import Chance
from worlds.part import Ground, Moment
from worlds.parts.sql.database import Outcome
from worlds.parts.sql.settings import SqlSettings
from worlds.parts.sql.sqlite.engine import SqliteDatabase, build

T = TypeVar("T")

EVERYTHING: Final = """
CREATE TABLE plain (id INTEGER PRIMARY KEY, label TEXT, price REAL, data, UNIQUE (label));
CREATE TABLE bare (x, y);
CREATE TABLE worded (word TEXT PRIMARY KEY, n INT);
CREATE TABLE own (a TEXT COLLATE NOCASE, b INT, c, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT);
CREATE TABLE made (id INTEGER PRIMARY KEY, x INT, twice AS (x * 2), thrice INT AS (x * 3) STORED);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent INT REFERENCES plain(id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE shy (rowid TEXT, oid TEXT, _rowid_ TEXT);
CREATE TABLE narrow (id INT PRIMARY KEY, n INT NOT NULL CHECK (n < 50)) STRICT;
CREATE TABLE log (what TEXT, id INT);
CREATE INDEX by_price ON plain (price);
CREATE VIEW cheap AS SELECT id, label FROM plain WHERE price < 10;
CREATE TRIGGER plain_added AFTER INSERT ON plain BEGIN INSERT INTO log VALUES ('added', new.id); END;
CREATE TRIGGER plain_gone BEFORE DELETE ON plain BEGIN INSERT INTO log VALUES ('gone', old.id); END;
CREATE TRIGGER no_thirteen BEFORE INSERT ON plain WHEN new.id = 13 BEGIN SELECT RAISE(ABORT, 'unlucky'); END;
CREATE TRIGGER cheap_added INSTEAD OF INSERT ON cheap BEGIN
  INSERT INTO plain (id, label, price) VALUES (new.id, new.label, 1); END;
INSERT INTO plain (id, label, price) VALUES (1, 'a', 1.5), (2, 'b', NULL), (3, NULL, -0.0);
INSERT INTO bare VALUES (1, 'one'), (1, 'one'), (2.5, x'00ff');
INSERT INTO worded VALUES ('k', 1), (NULL, 2), (NULL, 2);
INSERT INTO own VALUES ('k', 1, 'c'), ('l', 2, NULL);
INSERT INTO counted (note) VALUES ('first');
INSERT INTO made (x) VALUES (1), (2);
INSERT INTO child VALUES (1, 1), (2, 2);
INSERT INTO shy VALUES ('a', 'b', 'c');
INSERT INTO narrow VALUES (1, 1), (2, 2);
"""

_NUMBER = st.integers(0, 6).map(str)
_VALUE = st.sampled_from(
    [
        "NULL", "0", "1", "-0.0", "2.0", "1e308*10", "9223372036854775807", "9223372036854775808", "'text'", "''",
        "x'00ff10'", "CAST(x'ff41' AS TEXT)", "'naïve 🎭'", "'a'", "zeroblob(3)", "0.1+0.2", "'12'", "CAST('' AS BLOB)",
    ]
)  # fmt: skip
_WORD = st.sampled_from(["'k'", "'K'", "'l'", "'m'", "NULL", "x'6b'"])
_CONFLICT = st.sampled_from(["", "OR IGNORE ", "OR REPLACE ", "OR FAIL ", "OR ABORT ", "OR ROLLBACK "])

_ROWS: Final = [
    "INSERT {c}INTO plain (id, label, price, data) VALUES ({n}, {v}, {v}, {v}), ({n}, {v}, 3, {v})",
    "INSERT INTO plain (id, label) VALUES ({n}, {v}) ON CONFLICT DO NOTHING",
    "INSERT INTO plain (id, label) VALUES ({n}, {v}) ON CONFLICT (id) DO UPDATE SET label = excluded.label, price = 7",
    "REPLACE INTO plain (id, label) VALUES ({n}, {v})",
    "UPDATE {c}plain SET label = {v}, price = price + 1 WHERE id >= {n}",
    "UPDATE {c}plain SET id = id + {n}",
    "UPDATE plain SET data = {v}",
    "DELETE FROM plain WHERE id = {n}",
    "DELETE FROM plain",
    "INSERT INTO plain (id, label) VALUES (13, 'never')",
    "INSERT INTO cheap VALUES ({n} + 7, {v})",
    "INSERT INTO bare VALUES ({v}, {v}), ({v}, {v})",
    "UPDATE bare SET y = {v} WHERE x = {v} OR rowid = {n}",
    "UPDATE bare SET rowid = rowid + 10 WHERE rowid = {n}",
    "DELETE FROM bare WHERE rowid <= {n}",
    "INSERT INTO bare SELECT * FROM bare LIMIT {n}",
    "INSERT {c}INTO worded VALUES ({w}, {n}), ({w}, {n})",
    "REPLACE INTO worded VALUES ({w}, {n})",
    "UPDATE {c}worded SET word = {w} WHERE n = {n}",
    "DELETE FROM worded WHERE word IS {w}",
    "INSERT {c}INTO own VALUES ({w}, {n}, {v}), ({w}, 1, {v})",
    "INSERT INTO own VALUES ({w}, {n}, {v}) ON CONFLICT DO UPDATE SET c = {v}, a = upper(a)",
    "UPDATE {c}own SET a = {w}, b = b + {n}",
    "UPDATE own SET c = {v}",
    "DELETE FROM own WHERE b = {n}",
    "INSERT INTO counted (note) VALUES ({v})",
    "INSERT INTO counted VALUES ({n} + 5, {v})",
    "DELETE FROM counted",
    "UPDATE sqlite_sequence SET seq = seq + {n}",
    "INSERT {c}INTO made (id, x) VALUES ({n}, {n})",
    "UPDATE {c}made SET x = x + {n}, id = id + {n}",
    "DELETE FROM made WHERE twice = 2",
    "INSERT INTO child VALUES ({n}, {n})",
    "INSERT INTO shy VALUES ({v}, {v}, {v})",
    "DELETE FROM shy",
    "INSERT {c}INTO narrow VALUES ({n}, {n} * 20)",
    "UPDATE {c}narrow SET n = n * 7",
    "INSERT INTO narrow VALUES (7, 'text')",
    "WITH few (i) AS (VALUES (1), ({n})) INSERT INTO bare SELECT i, {v} FROM few",
    "WITH few (i) AS (VALUES (1), ({n})) UPDATE plain SET price = 0 WHERE id IN few",
    "UPDATE plain SET price = child.id FROM child WHERE child.parent = plain.id RETURNING id",
    "INSERT INTO log SELECT {v}, id FROM plain RETURNING what",
    "UPDATE plain SET price = 1 / (SELECT count(*) FROM nowhere)",
    "SELECT * FROM plain JOIN own ON own.b = plain.id",
    "INSERT INTO bare VALUES (random(), datetime('now'))",
]
_SHAPES: Final = [
    "ALTER TABLE plain ADD COLUMN extra{n} TEXT DEFAULT 'd'",
    "ALTER TABLE bare ADD COLUMN z DEFAULT {n}",
    "ALTER TABLE bare DROP COLUMN y",
    "ALTER TABLE plain RENAME TO plain{n}",
    "ALTER TABLE plain{n} RENAME TO plain",
    "ALTER TABLE own RENAME COLUMN c TO d",
    "CREATE TABLE new{n} AS SELECT {n} AS i, {v} AS v",
    "CREATE TABLE IF NOT EXISTS new{n} (i INTEGER PRIMARY KEY AUTOINCREMENT, v)",
    "DROP TABLE IF EXISTS new{n}",
    "DROP TABLE IF EXISTS counted",
    "DROP TABLE bare",
    "CREATE TEMP TABLE mine (a)",
    "CREATE INDEX IF NOT EXISTS ix{n} ON bare (x)",
    "CREATE VIEW v{n} AS SELECT {n}",
    "DROP VIEW IF EXISTS v{n}",
    "DROP TRIGGER IF EXISTS plain_gone",
    "VACUUM",
    "REINDEX",
    "ANALYZE",
    "PRAGMA user_version = {n}",
    "PRAGMA application_id = {n}",
    "BEGIN",
    "SAVEPOINT s",
    "COMMIT",
    "ROLLBACK",
    "CREATE VIRTUAL TABLE IF NOT EXISTS found USING fts5(body)",
]


@st.composite
def statements(draw: st.DrawFn) -> str:
    """One statement, filled with drawn values; some fail, which is as useful."""
    template = draw(st.sampled_from(_ROWS * 2 + _SHAPES))
    pieces = template.replace("{", "\0{").split("\0")
    filled = pieces[:1]
    for piece in pieces[1:]:
        source = {"c": _CONFLICT, "n": _NUMBER, "v": _VALUE, "w": _WORD}[piece[1]]
        filled.append(draw(source) + piece[3:])
    return "".join(filled)


def database(schema: str = EVERYTHING, **settings: Any) -> SqliteDatabase:
    """A database of its own."""
    return build(SqlSettings(schema=schema, **settings), Ground(Path(), Chance(1), 10**18), no_filler)


def no_filler(*_: object) -> Any:
    """These worlds ask for no filler."""
    raise AssertionError


def moment(number: int = 0) -> Moment:
    """When something happens; each number has its own time and chance."""
    return Moment(1_700_000_000_000_000_000 + number * 1_000_000_000, "agent", Chance(number))


RUNNER: Final = asyncio.Runner()


def wait(answer: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine, on one event loop for all."""
    return RUNNER.run(answer)


def run(part: SqliteDatabase, sql: str, number: int = 0, **how: Any) -> Outcome:
    """One statement of an agent."""
    return wait(part.run(sql, moment(number), **how))


def rows(part: SqliteDatabase, sql: str) -> list[tuple[Any, ...]]:
    """What an owner's query answers."""
    return list(part.query(sql).rows)
