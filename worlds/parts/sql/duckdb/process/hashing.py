"""Rows as texts and as set members: one spelling for equal rows, on any machine.

A row's bytes are its columns' texts in column order, each with its length in bytes in front, `N` for NULL. The sum
over a table's rows respects how often a row occurs.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import duckdb

from worlds.digest import EMPTY, SetSum, entry, minus, plus
from worlds.parts.sql.duckdb.messages import Name, TableFacts
from worlds.parts.sql.duckdb.process.instance import quoted

Texts = tuple[str | None, ...]
_BATCH_ROWS: Final = 4_096


def full_name(alias: str, name: Name) -> str:
    """A table's name as no search path can change it."""
    return f"{quoted(alias)}.{quoted(name[0])}.{quoted(name[1])}"


def texts_select(alias: str, table: TableFacts, *, number: bool) -> str:
    """All rows of a table with each column as text; the row number first where asked for."""
    columns = [f"cast({quoted(column.name)} as varchar)" for column in table.columns]
    return f"select {', '.join([*(['rowid'] if number else []), *columns])} from {full_name(alias, table.name)}"


def row_bytes(texts: Sequence[str | None]) -> bytes:
    """The bytes of a row."""
    parts = []
    for text in texts:
        if text is None:
            parts.append(b"N")
        else:
            data = text.encode("utf-8", "surrogatepass")
            parts.append(b"%d:%b" % (len(data), data))
    return b"".join(parts)


def weight(data: bytes) -> int:
    """The weight of one row in its table's sum."""
    return entry(data)


def sum_of(rows: Iterable[Sequence[str | None]], total: SetSum = EMPTY, *, sign: int = 1) -> SetSum:
    """A sum with rows added, or taken away."""
    change = plus if sign > 0 else minus
    for texts in rows:
        total = change(total, weight(row_bytes(texts)))
    return total


def sum_table(connection: duckdb.DuckDBPyConnection, alias: str, table: TableFacts) -> tuple[SetSum, int]:
    """The sum of a whole table and how many rows it has; the engine spells the rows."""
    spelled = " || ".join(_spelled(quoted(column.name)) for column in table.columns)
    found = connection.execute(f"select {spelled} from {full_name(alias, table.name)}")
    total, count = 0, 0
    while batch := found.fetchmany(_BATCH_ROWS):
        total += sum(entry(text.encode("utf-8", "surrogatepass")) for (text,) in batch)
        count += len(batch)
    return plus(EMPTY, total), count


def _spelled(column: str) -> str:
    text = f"cast({column} as varchar)"
    return f"coalesce(cast(system.main.strlen({text}) as varchar) || ':' || {text}, 'N')"
