"""What the tests of DuckDB databases stand on: a small shop, and a way to run statements as an agent."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from worlds.chance import Chance
from worlds.changes import Change
from worlds.part import Ground, Moment
from worlds.parts.sql.database import DatabaseError, Outcome, Result
from worlds.parts.sql.duckdb.bases import base_of
from worlds.parts.sql.duckdb.part import DuckDatabase
from worlds.parts.sql.duckdb.pool import Pool
from worlds.parts.sql.duckdb.state import State
from worlds.parts.sql.kind import SqlBuilder
from worlds.parts.sql.settings import SqlSettings

FIRST_NS = 1_772_442_000_000_000_000
SCHEMA = """
create table people (id integer primary key, name varchar not null unique, age integer check (age >= 0));
create table visits (
    person integer references people (id), day date, note varchar default 'none', primary key (person, day)
);
create table log (at_ms bigint, line varchar);
create sequence ticket start 100;
create view grown as select * from people where age >= 18;
insert into people values (1, 'Ida', 41), (2, 'Bo', 12), (3, 'Cy', null);
insert into visits values (1, '2026-01-01', 'first'), (1, '2026-01-02', 'again'), (2, '2026-01-01', default);
insert into log values (1, 'a'), (1, 'a'), (2, null);
"""


def build(schema: str = SCHEMA, folder: Path = Path(), **settings: Any) -> DuckDatabase:
    """A database from a schema and further settings."""
    checked = SqlSettings(imitates="motherduck", schema=schema, **settings)
    built = SqlBuilder().build(checked, Ground(folder, Chance(5), FIRST_NS))
    assert isinstance(built, DuckDatabase)
    return built


def beside(database: DuckDatabase, pool: Pool) -> DuckDatabase:
    """The same first state on another pool's workers."""
    base = base_of(database._settled.base.recipe_bytes(), pool)
    return DuckDatabase(State.first(base, 0), pool)


def moment(seconds: int = 1, actor: str = "agent") -> Moment:
    """Some seconds after the start."""
    return Moment(FIRST_NS + seconds * 1_000_000_000, actor, Chance(seconds))


def run(database: DuckDatabase, sql: str, seconds: int = 1, **options: Any) -> Outcome:
    """What a statement is answered."""
    return asyncio.run(database.run(sql, moment(seconds), **options))


def rows(database: DuckDatabase, sql: str, seconds: int = 1) -> list[tuple[Any, ...]]:
    """The rows of a statement that must succeed."""
    outcome = run(database, sql, seconds)
    assert isinstance(outcome, Result), outcome
    return list(outcome.rows)


def refusal(database: DuckDatabase, sql: str) -> str:
    """The words with which a statement is refused."""
    outcome = run(database, sql)
    assert isinstance(outcome, DatabaseError), outcome
    return outcome.message


def change(database: DuckDatabase, sql: str, actor: str = "agent") -> Sequence[Change]:
    """What a statement changes, settled."""
    outcome = run(database, sql)
    assert isinstance(outcome, Result), outcome
    return database.settle(actor)


def digests(database: DuckDatabase) -> tuple[bytes, bytes]:
    """Both running digests."""
    return database.digest(), database.marks_digest()
