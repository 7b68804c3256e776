"""Rows that differ between two states, found by the engine: the older state's rows are laid beside the newer one's."""

from collections.abc import Callable, Mapping
from typing import Final

import duckdb

from worlds.parts.sql.duckdb.messages import Compare, Effects, Name, Reach, RowChange, TableFacts
from worlds.parts.sql.duckdb.process.changes import list_changes
from worlds.parts.sql.duckdb.process.hashing import Texts, texts_select
from worlds.parts.sql.duckdb.process.session import Session

_SHELF: Final = '"rows of the older state"'


def compare(reach: Callable[[Reach], Session], request: Compare) -> Effects:
    """All rows of some tables that only one of two states has, paired by primary key."""
    session = reach(request.older)
    older = _facts(session)
    session.instance.control.execute(f"attach ':memory:' as {_SHELF}")
    try:
        kept = _keep(session, [older[name] for name in request.tables if name in older])
        session = reach(request.newer)
        newer = _facts(session)
        rows: list[RowChange] = []
        for name in request.tables:
            rows += _differences(session, name, older, newer, kept)
    finally:
        session.instance.control.execute(f"detach {_SHELF}")
    return Effects(rows=tuple(rows))


def _facts(session: Session) -> dict[Name, TableFacts]:
    return {table.name: table for table in session.standing.catalog.tables}


def _keep(session: Session, tables: list[TableFacts]) -> dict[Name, str]:
    kept = {}
    for number, table in enumerate(tables):
        names = ", ".join(f"c{at}" for at in range(len(table.columns)))
        select = texts_select(session.instance.alias, table, number=False)
        session.instance.look.execute(
            f"create table {_SHELF}.main.t{number} as select * from ({select}) as t ({names})"
        )
        kept[table.name] = f"select * from {_SHELF}.main.t{number}"
    return kept


def _differences(
    session: Session,
    name: Name,
    older: Mapping[Name, TableFacts],
    newer: Mapping[Name, TableFacts],
    kept: Mapping[Name, str],
) -> list[RowChange]:
    old_facts, new_facts = older.get(name), newer.get(name)
    facts = new_facts or old_facts
    if facts is None:
        return []
    old = kept.get(name)
    new = texts_select(session.instance.alias, new_facts, number=False) if new_facts else None
    look = session.instance.look
    alike = old_facts and new_facts and len(old_facts.columns) == len(new_facts.columns)
    gone = _rows(look, old, new if alike else None)
    come = _rows(look, new, old if alike else None)
    return list_changes(old_facts or facts, new_facts or facts, gone, come)


def _rows(look: duckdb.DuckDBPyConnection, of: str | None, without: str | None) -> list[Texts]:
    if of is None:
        return []
    rows: list[Texts] = look.execute(f"({of}) except all ({without})" if without else of).fetchall()
    return rows
