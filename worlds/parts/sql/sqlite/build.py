"""A database in its first state: schema, rows and seeded filler, made in memory and then never changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import apsw

from worlds.chance import NOBODY, Chance
from worlds.errors import WorldError
from worlds.part import Ground
from worlds.parts.sql.rows import Batch, read_rows
from worlds.parts.sql.schema import TableInfo
from worlds.parts.sql.settings import SqlSettings
from worlds.parts.sql.sqlite.base import PAGE_BYTES, Base
from worlds.parts.sql.sqlite.catalogue import quoted, read_catalogue
from worlds.parts.sql.sqlite.mount import Mount
from worlds.parts.sql.sqlite.pages import first_pages
from worlds.parts.sql.sqlite.tables import read_tables
from worlds.parts.sql.sqlite.vfs import VFS_NAME, Scene, on_scene
from worlds.parts.sql.sqlite.vintage import VINTAGES

Fill = Callable[[Sequence[TableInfo], Mapping[str, int], Chance, int], Iterator[tuple[str, list[tuple[Any, ...]]]]]


def build_base(settings: SqlSettings, ground: Ground, fill: Fill) -> Base:
    """The image of a database. Raises WorldError with what is wrong with the schema or the rows."""
    connection = apsw.Connection(":memory:", vfs=VFS_NAME)  # whose clock is the world's
    VINTAGES[settings.sqlite].dress(connection)
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}").fetchall()
        with on_scene(_building(ground)):
            _run_schema(connection, settings.schema_text(ground.folder))
            _insert_rows(connection, settings, ground)
            _generate_rows(connection, settings, ground, fill)
            return Base(_image(connection), settings.sqlite)
    finally:
        connection.close(True)


def _building(ground: Ground) -> Scene:
    """Random functions in a schema's statements depend on the world's seed alone."""
    nothing = Mount(first_pages(Base(b"", "newest")))
    return Scene(nothing, ground.now_ns, lambda: ground.chance.raw("schema", NOBODY, "random", size=32))


def _run_schema(connection: apsw.Connection, sql: str) -> None:
    try:
        connection.execute(sql).fetchall()
    except apsw.Error as error:
        raise WorldError(f"schema: {error}") from None
    if connection.in_transaction:
        raise WorldError("schema: the statements leave a transaction open", hint="end them with COMMIT")


def _insert_rows(connection: apsw.Connection, settings: SqlSettings, ground: Ground) -> None:
    tables = _tables(connection)
    named = {name.lower(): source for name, source in settings.rows.items()}
    if unknown := [name for name in settings.rows if all(name.lower() != table.name.lower() for table in tables)]:
        known = ", ".join(table.name for table in tables) or "none"
        raise WorldError(f"rows: there is no table {unknown[0]!r}", hint=f"tables of the schema: {known}")
    for table in tables:
        if table.name.lower() in named:
            for batch in read_rows(table, named[table.name.lower()], ground.folder):
                _insert(connection, batch)


def _generate_rows(connection: apsw.Connection, settings: SqlSettings, ground: Ground, fill: Fill) -> None:
    if not settings.generate:
        return
    tables = _tables(connection, existing=True)
    columns = {table.name: tuple(column.name for column in table.writable) for table in tables}
    for name, rows in fill(tables, settings.generate, ground.chance.derive("generate"), ground.now_ns):
        _insert(connection, Batch(name, columns[name], rows))


def _insert(connection: apsw.Connection, batch: Batch) -> None:
    marks = ", ".join("?" for _ in batch.columns)
    columns = ", ".join(quoted(column) for column in batch.columns)
    target = f"{quoted(batch.table)} ({columns})" if batch.columns else quoted(batch.table)
    values = f"VALUES ({marks})" if batch.columns else "DEFAULT VALUES"
    with connection:
        for row in batch.rows:
            try:
                connection.execute(f"INSERT INTO {target} {values}", row)
            except (apsw.Error, OverflowError, UnicodeError) as error:
                shown = dict(zip(batch.columns, row, strict=True))
                raise WorldError(f"rows of {batch.table}: {error}: {shown}") from None


def _tables(connection: apsw.Connection, *, existing: bool = False) -> list[TableInfo]:
    return read_tables(connection, read_catalogue(connection), existing=existing)


def _image(connection: apsw.Connection) -> bytes:
    """The database in its file format, in pages of 4096 bytes; empty where nothing was ever made."""
    if connection.pragma("page_count") == 0:
        return b""
    if connection.pragma("page_size") != PAGE_BYTES or connection.pragma("auto_vacuum") != 0:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}; PRAGMA auto_vacuum = none; VACUUM").fetchall()
    return bytes(connection.serialize("main"))
