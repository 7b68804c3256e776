"""The schema as facts: digests, paths of changes, and the tables as fillers and checks want them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from worlds.digest import value_hash
from worlds.parts.sql.duckdb.messages import Catalog, Name, TableFacts
from worlds.parts.sql.schema import ColumnInfo, TableInfo, parents_first

MAIN = "main"


def label(name: Name) -> str:
    """A table's name in paths: without its schema where that is the usual one."""
    schema, table = name
    return table if schema == MAIN else f"{schema}.{table}"


def catalog_digest(catalog: Catalog) -> bytes:
    """32 bytes over the schema; the order in which constraints were written does not count."""
    tables = [_spelled(table) for table in sorted(catalog.tables, key=lambda table: table.name)]
    return value_hash([tables, catalog.objects])


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of the schema: what changes show of it, and what makes it equal to another."""

    shown: Mapping[str, Any]
    identity: Any


def objects_by_path(catalog: Catalog) -> dict[str, Thing]:
    """The schema's objects as changes name them: by name, with the kind in front where a table has that name too."""
    found = {label(table.name): Thing(_shown(table), _spelled(table)) for table in catalog.tables}
    for kind, name, text in catalog.objects:
        path = f"{kind} {name}" if name in found else name
        found[path] = Thing({"type": kind, "sql": text}, (kind, text))
    return found


def table_infos(catalog: Catalog) -> list[TableInfo]:
    """The tables, each after those it refers to."""
    return parents_first([_info(table) for table in catalog.tables])


def names_by_label(catalog: Catalog) -> dict[str, Name]:
    """Labels in lower case to tables."""
    return {label(table.name).lower(): table.name for table in catalog.tables}


def _info(table: TableFacts) -> TableInfo:
    own = {columns[0]: text for columns, text in table.checks if len(columns) == 1}
    single = {columns[0] for columns in table.uniques if len(columns) == 1}
    if len(table.primary_key) == 1:
        single.add(table.primary_key[0])
    references = {
        column: (target, other)
        for columns, target, others in table.references
        for column, other in zip(columns, others, strict=True)
    }
    columns = tuple(
        ColumnInfo(
            column.name,
            column.type,
            not column.nullable,
            column.name in single,
            column.name in table.primary_key,
            None if column.generated else column.default,
            own.get(column.name),
            references.get(column.name),
            column.generated,
        )
        for column in table.columns
    )
    uniques = (*([table.primary_key] if table.primary_key else []), *table.uniques)
    return TableInfo(
        label(table.name), columns, uniques, tuple(text for names, text in table.checks if len(names) != 1)
    )


def _shown(table: TableFacts) -> dict[str, Any]:
    comments = {"": table.comment, **{column.name: column.comment for column in table.columns}}
    said = {name: comment for name, comment in comments.items() if comment is not None}
    return {"type": "table", "sql": table.sql, **({"comments": said} if said else {})}


def _spelled(table: TableFacts) -> list[Any]:
    columns = [[c.name, c.type, c.nullable, c.default, c.generated, c.comment] for c in table.columns]
    keys = [table.primary_key, sorted(table.uniques), sorted(table.checks), sorted(table.references)]
    return [*table.name, table.comment, columns, *keys]
