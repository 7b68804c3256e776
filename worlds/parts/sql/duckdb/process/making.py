"""Lays down base files: a schema's statements, then rows, in a file of its own that is never locked nor shared."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import orjson

from worlds.errors import ArchiveError
from worlds.parts.sql.duckdb.messages import Broken, Catalog, Content, Failure, Name
from worlds.parts.sql.duckdb.process.answers import failure_of
from worlds.parts.sql.duckdb.process.catalogue import read_catalog, read_sequences
from worlds.parts.sql.duckdb.process.clock import Clock
from worlds.parts.sql.duckdb.process.hashing import full_name, sum_table
from worlds.parts.sql.duckdb.process.instance import CONFIG, dress, quoted, shut
from worlds.parts.sql.duckdb.process.words import rewrite
from worlds.parts.sql.duckdb.recipes import Head, read_recipe

_CHUNK_ROWS: Final = 20_000


@dataclass
class Making:
    """A database that is being made."""

    connection: duckdb.DuckDBPyConnection
    alias: str

    def catalog(self) -> Catalog:
        """Its schema."""
        return read_catalog(self.connection, self.alias)

    def insert(self, table: Name, columns: Sequence[str], cells: Sequence[Sequence[str | None]]) -> None:
        """Add rows, given as texts by column; the engine casts them."""
        names = ", ".join(map(quoted, columns))
        select = ", ".join("unnest(from_json(?, '[\"VARCHAR\"]'))" for _ in columns)
        rows = len(cells[0]) if cells else 0
        for start in range(0, rows, _CHUNK_ROWS):
            texts = [orjson.dumps(column[start : start + _CHUNK_ROWS]).decode() for column in cells]
            into = f"insert into {full_name(self.alias, table)} ({names})"
            self.connection.execute(f"{into} select {select}", texts)

    def close(self) -> None:
        """Write the file."""
        self.connection.execute("checkpoint")
        self.connection.close()


def begin(request: Head, path: Path) -> Making:
    """Run a schema's statements in a new file. Raises duckdb.Error with what is wrong with them."""
    control = duckdb.connect(":memory:", config=CONFIG)
    shut(control, path)
    control.execute(f"attach '{path}' as {quoted(request.alias)}")
    control.execute(f"use {quoted(request.alias)}")
    dress(control)
    catalog, clock = Catalog(volatile=True), Clock()
    for number, statement in enumerate(control.extract_statements(rewrite(request.schema, request.seed))):
        clock.set(control, request.now_us, request.seed, number, "", catalog)
        control.execute(statement).fetchall()
    return Making(control, request.alias)


def make(recipe: Path, target: Path, *, counted: bool) -> Content | Failure | Broken:
    """Lay down a base file from its recipe, whole or not at all; answered with what it holds, `counted` or not."""
    partial = target.with_suffix(".partial")
    for left in (partial, partial.with_name(partial.name + ".wal")):
        left.unlink(missing_ok=True)
    try:
        with recipe.open("rb") as lines:
            head, batches = read_recipe(lines)
            making = begin(head, partial)
            for batch in batches:
                making.insert(batch.table, batch.columns, batch.cells)
        found = _content(making, counted=counted)
        making.close()
    except ArchiveError as error:
        return Broken(error.message)
    except duckdb.Error as error:
        return failure_of(error, str)
    partial.replace(target)
    return found


def _content(making: Making, *, counted: bool) -> Content:
    catalog = making.catalog()
    tables = catalog.tables if counted else ()
    sums = {table.name: sum_table(making.connection, making.alias, table)[0] for table in tables}
    return Content(catalog, sums, read_sequences(making.connection, making.alias))
