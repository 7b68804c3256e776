"""What the MotherDuck server presents: four tools, an icon, and instructions that name its database."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sandbox_server.families.sql.motherduck.icon import ICON
from sandbox_server.fingerprint import fingerprints
from sandbox_server.fingerprints.fastmcp import CAPABILITIES, MODERN_CAPABILITIES, NO_LISTS, VERSIONS, FunctionTool
from sandbox_server.surface import Surface

NAME: Final = "mcp-server-motherduck"
VERSION: Final = "1.1.0"
_OUTPUT: Final = {
    "properties": {"result": {"type": "string"}},
    "required": ["result"],
    "type": "object",
    "x-fastmcp-wrap-result": True,
}
_FUNCTIONS: Final = {"list_databases": "list_databases_tool"}
_INSTRUCTIONS: Final = """\
This server runs SQL in DuckDB's dialect on one database.

- Database: the local DuckDB file `{path}`
- Access: reading and writing
- Tools: execute_query, list_databases, list_tables, list_columns

Start with `list_tables`, look at a table with `list_columns` or `SUMMARIZE`, then ask with `execute_query`.

Names are `table`, `schema.table` or `database.schema.table`; the usual schema is `main`. Identifiers with blanks or
capitals stand in double quotes, texts in single quotes.

DuckDB allows `FROM t` without SELECT, `SELECT * EXCLUDE (c)`, `COLUMNS('regex')`, `GROUP BY ALL`, `ORDER BY ALL`,
`QUALIFY`, lists `[1, 2]`, structs `{{'a': 1}}`, maps, and `CREATE TABLE ... AS SELECT`. Filter early, aggregate in SQL,
and name the columns you need: long answers are cut off.
"""


def surface_of(path: str) -> Surface:
    """The surface of a server on a database file."""
    return Surface(
        server_info={"name": NAME, "version": VERSION, "icons": [{"src": ICON, "mimeType": "image/png"}]},
        capabilities=CAPABILITIES,
        modern_capabilities=MODERN_CAPABILITIES,
        fingerprint=fingerprints.get("fastmcp"),
        tools=tuple(_tools(modern=False)),
        modern_tools=tuple(_tools(modern=True)),
        instructions=_INSTRUCTIONS.format(path=path),
        versions=VERSIONS,
        lists=NO_LISTS,
    )


def _tools(*, modern: bool) -> Iterable[dict[str, Any]]:
    database = _optional("Database; the current one when left out")
    yield _tool(
        "execute_query",
        "Run SQL on the database and return the rows of the last statement as JSON. Short table names are looked up "
        "in the current database and schema.",
        {"sql": {"type": "string", "description": "One or more statements in DuckDB's dialect"}},
        writes=True,
        modern=modern,
    )
    yield _tool("list_databases", "Name every attached database and its type.", {}, modern=modern)
    yield _tool(
        "list_tables",
        "Name the tables and views of a database, with their comments.",
        {"database": database, "schema": _optional("Schema to look in; all of them when left out")},
        modern=modern,
    )
    yield _tool(
        "list_columns",
        "Name the columns of a table or view, with types, nullability and comments.",
        {
            "table": {"type": "string", "description": "Table or view"},
            "database": database,
            "schema": _optional("Schema; the current one when left out"),
        },
        modern=modern,
    )


def _optional(description: str) -> dict[str, Any]:
    return {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None, "description": description}


def _tool(
    name: str, description: str, properties: Mapping[str, Any], *, modern: bool, writes: bool = False
) -> dict[str, Any]:
    needed = [key for key, value in properties.items() if "default" not in value]
    required = {"required": needed} if needed else {}
    closed: dict[str, Any] = {"type": "object", "additionalProperties": False}
    schema = {**closed, "properties": dict(properties), **required}
    entry = {
        "_meta": {"fastmcp": {"tags": []}},
        "annotations": {"destructiveHint": writes, "openWorldHint": False, "readOnlyHint": not writes},
        "description": description,
        "inputSchema": schema if modern else {"properties": dict(properties), **required, **closed},
        "name": name,
        "outputSchema": _OUTPUT,
        "title": name.replace("_", " ").title(),
    }
    return FunctionTool(entry, _FUNCTIONS.get(name, name))
