"""The tools that look into DuckDB's catalogue: databases, tables and views, columns."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from sandbox_server.families.sql.motherduck.rendering import failure_of
from worlds.parts.sql.database import DatabaseError, Outcome

Ask = Callable[[str], Awaitable[Outcome]]
Answer = dict[str, Any]
_NOT_FOUND: Final = "NotFoundError"
_OBJECTS: Final = """
select schema_name, table_name, 'table', comment from duckdb_tables() where {where}
union all
select schema_name, view_name, 'view', comment from duckdb_views() where {where}
order by 1, 3, 2
"""
_KIND: Final = """
select 'table' from duckdb_tables() where {where} and table_name = {name}
union all
select 'view' from duckdb_views() where {where} and view_name = {name}
limit 1
"""
_COLUMNS: Final = """
select column_name, data_type, is_nullable, comment from duckdb_columns()
where {where} and table_name = {name} order by column_index
"""


class Refused(Exception):
    """The engine refused a look into its catalogue."""

    def __init__(self, error: DatabaseError) -> None:
        super().__init__(error.message)
        self.error = error


async def list_databases(ask: Ask) -> Answer:
    """The attached databases, without the engine's own."""
    rows = await _rows(ask, "select database_name, type from duckdb_databases()")
    databases = [{"name": name, "type": kind} for name, kind in rows if name not in ("system", "temp")]
    return {"success": True, "databases": databases, "databaseCount": len(databases)}


async def list_tables(ask: Ask, database: str | None, schema: str | None) -> Answer:
    """Tables and views of a database, or of one of its schemas."""
    if database is None:
        database = await _current(ask, "current_database()")
    if not await _rows(ask, f"select 1 from duckdb_databases() where database_name = {_text(database)}"):
        return _missing("Database not found", [database], database=database, schema=schema or "all")
    where = f"database_name = {_text(database)}"
    if schema is not None:
        if not await _rows(ask, f"select 1 from duckdb_schemas() where {where} and schema_name = {_text(schema)}"):
            return _missing("Schema not found", [database, schema], database=database, schema=schema)
        where += f" and schema_name = {_text(schema)}" if schema else ""
    rows = await _rows(ask, _OBJECTS.format(where=where))
    tables = [{"schema": s, "name": name, "type": kind, "comment": comment or None} for s, name, kind, comment in rows]
    return {
        "success": True,
        "database": database,
        "schema": schema or "all",
        "tables": tables,
        "tableCount": sum(table["type"] == "table" for table in tables),
        "viewCount": sum(table["type"] == "view" for table in tables),
    }


async def list_columns(ask: Ask, table: str, database: str | None, schema: str | None) -> Answer:
    """Columns of a table or view."""
    if database is None:
        database = await _current(ask, "current_database()")
    if schema is None:
        schema = await _current(ask, "current_schema()")
    named = {"database": database, "schema": schema, "table": table}
    where = f"database_name = {_text(database)} and schema_name = {_text(schema)}"
    found = await _rows(ask, _KIND.format(where=where, name=_text(table)))
    if not found:
        return _missing("Table or view not found", [database, schema, table], **named)
    rows = await _rows(ask, _COLUMNS.format(where=where, name=_text(table)))
    columns = [
        {"name": name, "type": kind, "nullable": nullable is True, "comment": comment or None}
        for name, kind, nullable, comment in rows
    ]
    return {
        "success": True,
        **named,
        "objectType": found[0][0],
        "columns": columns,
        "columnCount": len(columns),
    }


def refused(error: Refused) -> Answer:
    """What these tools answer, as a success on the wire, when the engine refused."""
    return failure_of(error.error)


async def _rows(ask: Ask, sql: str) -> list[tuple[Any, ...]]:
    outcome = await ask(sql)
    if isinstance(outcome, DatabaseError):
        raise Refused(outcome)
    return list(outcome.rows)


async def _current(ask: Ask, what: str) -> str:
    return str((await _rows(ask, f"select {what}"))[0][0])


def _missing(what: str, names: list[str], **told: str) -> Answer:
    return {"success": False, **told, "error": f"{what}: {'.'.join(names)}", "errorType": _NOT_FOUND}


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
