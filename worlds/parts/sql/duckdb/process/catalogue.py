"""Reads the schema from the engine's catalogue, in one order on every machine."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

import duckdb

from worlds.parts.sql.duckdb.messages import Catalog, ColumnFacts, Name, TableFacts
from worlds.parts.sql.duckdb.process.instance import CLOCK_WORDS

_TABLES: Final = """
select schema_name, table_name, sql, comment from system.main.duckdb_tables()
where database_name = $1 and not temporary order by 1, 2
"""
_COLUMNS: Final = """
select schema_name, table_name, column_name, data_type, is_nullable,
coalesce(generation_expression, column_default), is_generated, comment
from system.main.duckdb_columns() where database_name = $1 and not internal order by 1, 2, column_index
"""
_CONSTRAINTS: Final = """
select schema_name, table_name, constraint_type, constraint_column_names, constraint_text, referenced_table,
referenced_column_names, expression from system.main.duckdb_constraints() where database_name = $1
order by 1, 2, constraint_index
"""
_OBJECTS: Final = {
    "schema": "select schema_name, '', comment from system.main.duckdb_schemas() "
    "where database_name = $1 and not internal",
    "view": "select schema_name, view_name, sql || coalesce(' -- ' || comment, '') "
    "from system.main.duckdb_views() where database_name = $1 and not internal and not temporary",
    "index": "select schema_name, index_name, sql || coalesce(' -- ' || comment, '') "
    "from system.main.duckdb_indexes() where database_name = $1",
    "sequence": "select schema_name, sequence_name, 'start ' || start_value || ' min ' || min_value || ' max ' "
    "|| max_value || ' by ' || increment_by || ' cycle ' || cycle || coalesce(' -- ' || comment, '') "
    "from system.main.duckdb_sequences() where database_name = $1 and not temporary",
    "type": "select schema_name, type_name, logical_type || coalesce(' ' || cast(labels as varchar), '') "
    "from system.main.duckdb_types() where database_name = $1 and not internal",
    "trigger": "select schema_name, trigger_name, sql from system.main.duckdb_triggers() where database_name = $1",
}
_MACROS: Final = """
select schema_name, function_name, function_type || ' ' || cast(parameters as varchar) || ' ' || macro_definition
from system.main.duckdb_functions() where database_name = $1 and not internal
"""
SEQUENCES: Final = """
select schema_name, sequence_name, last_value from system.main.duckdb_sequences()
where database_name = $1 and not temporary order by 1, 2
"""

Rows = list[tuple[Any, ...]]


def read_catalog(connection: duckdb.DuckDBPyConnection, alias: str, earlier: Catalog | None = None) -> Catalog:
    """The schema. Macros, whose list is dear, are taken over from `earlier` where it is given."""

    def ask(sql: str) -> Rows:
        rows: Rows = connection.execute(sql, [alias]).fetchall()
        return rows

    columns, constraints = _by_table(ask(_COLUMNS)), _by_table(ask(_CONSTRAINTS))
    tables = tuple(
        _table((schema, name), sql, comment, columns[schema, name], constraints[schema, name])
        for schema, name, sql, comment in ask(_TABLES)
    )
    objects = [(kind, *_object(row)) for kind, sql in _OBJECTS.items() for row in ask(sql)]
    if earlier is None:
        objects += [("macro", *_object(row)) for row in ask(_MACROS)]
    else:
        objects += [each for each in earlier.objects if each[0] == "macro"]
    texts = [table.sql for table in tables] + [text for _, _, text in objects]
    return Catalog(tables, tuple(sorted(objects)), any(CLOCK_WORDS.search(text) for text in texts))


def read_sequences(connection: duckdb.DuckDBPyConnection, alias: str) -> dict[str, int | None]:
    """The last value of each sequence, None where it was never asked."""
    rows = connection.execute(SEQUENCES, [alias]).fetchall()
    return {_dotted(schema, name): last for schema, name, last in rows}


def has_sequences(catalog: Catalog) -> bool:
    """Whether there are sequences at all."""
    return any(kind == "sequence" for kind, _, _ in catalog.objects)


def _by_table(rows: Rows) -> dict[Name, Rows]:
    found: dict[Name, Rows] = defaultdict(list)
    for schema, table, *rest in rows:
        found[schema, table].append(tuple(rest))
    return found


def _object(row: tuple[Any, ...]) -> tuple[str, str]:
    schema, name, text = row
    return _dotted(schema, name), text or ""


def _dotted(schema: str, name: str) -> str:
    if not name:
        return schema
    return name if schema == "main" else f"{schema}.{name}"


def _table(name: Name, sql: str, comment: str | None, columns: Rows, constraints: Rows) -> TableFacts:
    def listed(kind: str) -> Iterable[tuple[Any, ...]]:
        return (row for row in constraints if row[0] == kind)

    keys = next((tuple(row[1]) for row in listed("PRIMARY KEY")), ())
    return TableFacts(
        name,
        sql,
        comment,
        tuple(_column(row) for row in columns),
        keys,
        tuple(tuple(row[1]) for row in listed("UNIQUE")),
        tuple((tuple(row[1] or ()), row[5] or row[2]) for row in listed("CHECK")),
        tuple((tuple(row[1]), row[3], tuple(row[4])) for row in listed("FOREIGN KEY")),
    )


def _column(row: tuple[Any, ...]) -> ColumnFacts:
    name, kind, nullable, default, generated, comment = row
    return ColumnFacts(name, kind, bool(nullable), default, bool(generated), comment)
