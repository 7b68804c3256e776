"""Databases in their first state: schema, rows that the world file names, believable filler."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from worlds.chance import NOBODY, Chance
from worlds.errors import WorldError
from worlds.part import Ground
from worlds.parts.sql.duckdb.bases import Base, base_of, catalog_of
from worlds.parts.sql.duckdb.facts import names_by_label, table_infos
from worlds.parts.sql.duckdb.messages import Catalog
from worlds.parts.sql.duckdb.naming import alias_of
from worlds.parts.sql.duckdb.part import DuckDatabase
from worlds.parts.sql.duckdb.pool import Pool, shared_pool
from worlds.parts.sql.duckdb.recipes import Batch, Head, Recipe, as_cells
from worlds.parts.sql.duckdb.state import State
from worlds.parts.sql.rows import read_rows
from worlds.parts.sql.schema import TableInfo
from worlds.parts.sql.settings import SqlSettings

Fill = Callable[[Sequence[TableInfo], Mapping[str, int], Chance, int], Iterator[tuple[str, list[tuple[Any, ...]]]]]


def build(settings: SqlSettings, ground: Ground, fill: Fill) -> DuckDatabase:
    """The database in its first state. Raises WorldError with what is wrong with the schema or the rows."""
    pool = shared_pool()
    now_us = ground.now_ns // 1_000
    head = Head(
        alias_of(settings), settings.schema_text(ground.folder), now_us, ground.chance.unit("sql", NOBODY, "schema")
    )
    recipe = Recipe(head)
    if settings.rows:
        recipe.batches += _named_rows(catalog_of(recipe.to_bytes(), pool), settings, ground)
    if settings.generate:
        recipe.batches += _filled(base_of(recipe.to_bytes(), pool), settings, ground, fill, pool)
    return DuckDatabase(State.first(base_of(recipe.to_bytes(), pool), now_us), pool)


def _named_rows(catalog: Catalog, settings: SqlSettings, ground: Ground) -> Iterator[Batch]:
    infos, names = table_infos(catalog), names_by_label(catalog)
    unknown = [name for name in settings.rows if name.lower() not in names]
    if unknown:
        known = ", ".join(info.name for info in infos) or "none"
        raise WorldError(f"rows: there is no table {unknown[0]}", hint=f"known tables: {known}")
    wanted = {name.lower(): source for name, source in settings.rows.items()}
    for info in infos:
        if info.name.lower() in wanted:
            for batch in read_rows(info, wanted[info.name.lower()], ground.folder):
                yield Batch(names[info.name.lower()], batch.columns, as_cells(batch.rows))


def _filled(base: Base, settings: SqlSettings, ground: Ground, fill: Fill, pool: Pool) -> Iterator[Batch]:
    infos = DuckDatabase(State.first(base, 0), pool).tables(existing=True)
    names = names_by_label(base.catalog)
    columns = {info.name: tuple(column.name for column in info.writable) for info in infos}
    batches = fill(infos, settings.generate, ground.chance, ground.now_ns)
    for table, group in groupby(batches, key=lambda pair: pair[0]):
        rows = [row for _, part in group for row in part]
        if rows:
            yield Batch(names[table.lower()], columns[table], as_cells(rows))
