"""The MotherDuck server: DuckDB's errors by class and message, as its tools print them."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, ClassVar, Final

from fault_injection.asked import Works
from fault_injection.scene import Meaning, Said
from sandbox_server.call import Call, Reply
from sandbox_server.dialect import Vocabulary, dialects, seconds
from sandbox_server.dialects.sqlite import table_in
from sandbox_server.family import Server

_TUNING: Final = (
    "\n\nPossible solutions:\n* Reducing the number of threads (SET threads=X)\n* Disabling insertion-order "
    "preservation (SET preserve_insertion_order=false)\n* Increasing the memory limit (SET memory_limit='...GB')\n\n"
    "See also https://duckdb.org/docs/current/guides/performance/how_to_tune_workloads"
)
_DENIED: Final = ("IOException", 'IO Error: Cannot open file "{file}": Permission denied')
_ERRORS: Final[Mapping[Meaning, tuple[str, str]]] = {
    "error": ("IOException", 'IO Error: Could not read from file "{file}": Input/output error'),
    "limited": ("OutOfMemoryException", "Out of Memory Error: failed to allocate data of size 16.0 MiB (1.8 GiB/1.8 GiB"
                                        " used)" + _TUNING),
    "quota": ("OutOfMemoryException", "Out of Memory Error: failed to offload data block of size 256.0 KiB (10.0 GiB/"
                                      "10.0 GiB used).\nThis limit was set by the 'max_temp_directory_size' setting.\n"
                                      "By default, this setting utilizes the available disk space on the drive where "
                                      "the 'temp_directory' is located.\nYou can adjust this setting, by using (for "
                                      "example) PRAGMA max_temp_directory_size='10GiB'" + _TUNING),
    "unavailable": ("IOException", 'IO Error: Cannot open file "{file}": Input/output error'),
    "auth_expired": _DENIED,
    "forbidden": _DENIED,
    "locked": ("IOException", 'IO Error: Could not set lock on file "{file}": Conflicting lock is held in '
                              "/usr/local/bin/python3.11 (PID 41). See also https://duckdb.org/docs/current/connect/"
                              "concurrency"),
    "full": ("TransactionException", 'TransactionContext Error: Failed to commit: Could not write file "{file}.wal": '
                                     "No space left on device"),
    "read_only": ("InvalidInputException", 'Invalid Input Error: Cannot execute statement of type "{verb}" on database '
                                           '"{database}" which is attached in read-only mode!'),
}  # fmt: skip
_CONFLICTS: Final = {
    "UPDATE": "Conflict on update!",
    "DELETE": "Conflict on tuple deletion!",
    "INSERT": 'Transaction conflict: attempting to insert into table ""{table}"" but it has been altered by a '
              "different transaction",
    "CREATE": 'Catalog write-write conflict on create with ""Schema\\0main\\0Table\\0main\\0{table}""',
    "DROP": 'Catalog write-write conflict on alter with "Schema\\0main\\0Table\\0main\\0{table}"',
    "ALTER": 'Catalog write-write conflict on alter with "Schema\\0main\\0Table\\0main\\0{table}"',
}  # fmt: skip
_READS: Final = ("select", "from", "with", "show", "describe", "explain", "summarize", "pragma", "values")
_POINTING: Final = ("select", "from", "with", "update", "create", "explain")
"""Statements in which the engine shows where the name stands."""
_ALWAYS_THERE: Final = (
    "duckdb_columns", "duckdb_constraints", "duckdb_databases", "duckdb_indexes", "duckdb_schemas", "duckdb_tables",
    "duckdb_types", "duckdb_views", "pg_am", "pg_attribute", "pg_class", "pg_constraint", "pg_database", "pg_depend",
    "pg_enum", "pg_index", "pg_indexes", "pg_namespace", "pg_tables", "pg_type", "pg_views", "sqlite_master",
)  # fmt: skip
"""Names that every database knows, of which the engine proposes one."""
_NEAR: Final = 0.01
"""What has not a letter in common with any of them is told without a proposal."""
_LETTERS_MAX: Final = 200
_LINE_MAX: Final = 80
"""Longer lines of a statement are not shown."""
_FOLDER: Final = "/data/warehouse.duckdb"


@dialects.register("motherduck")
class MotherDuck:
    """The engine's messages in the server's JSON."""

    vocabulary: ClassVar[Vocabulary] = "local"

    def say(self, meaning: Meaning, said: Said, call: Call, server: Server) -> Reply:
        """An error of `execute_query`, or a plain answer of the catalogue tools, as real failures are."""
        from sandbox_server.families.sql.motherduck.rendering import failure, show  # loads what only this server needs

        if meaning == "timeout" and not said.text and call.tool == "execute_query":
            return server.surface.fingerprint.failure(f"Error calling tool {call.tool!r}: {_timed_out(said)}")
        if meaning == "not_found" and not said.text and (missing := _not_found(call)):
            text = show({"success": False, **missing})
        else:
            kind, message = _error(meaning, call, server)
            text = show(failure(kind, said.text or message))
        if call.tool == "execute_query":
            return server.surface.fingerprint.failure(f"Error calling tool {call.tool!r}: {text}")
        return server.surface.fingerprint.text(text, {"result": text})

    def works(self, call: Call, server: Server) -> Works:
        """A statement that begins like a question reads."""
        if call.tool != "execute_query":
            return "read"
        return "read" if _statement(call).lstrip()[:12].lower().startswith(_READS) else "write"


def _error(meaning: Meaning, call: Call, server: Server) -> tuple[str, str]:
    """The engine's error class and message."""
    verb, table = _verb(call), table_in(call.arguments, "sql")
    if meaning in ("deadlock", "conflict"):
        return "TransactionException", "TransactionContext Error: " + _CONFLICTS.get(
            verb, _CONFLICTS["UPDATE"]
        ).replace("{table}", table)
    if meaning == "not_found":
        return "CatalogException", _missing_table(table, _statement(call))
    if meaning == "timeout":
        return "InterruptException", "INTERRUPT Error: Interrupted!"
    kind, message = _ERRORS[meaning]
    file = str(getattr(server, "path", _FOLDER))
    database = file.rpartition("/")[2].removesuffix(".duckdb")
    return kind, message.format(file=file, database=database, verb=verb)


def _timed_out(said: Said) -> str:
    """What the server itself says when it has interrupted a statement."""
    waited = seconds(said.waited_ms if said.waited_ms is not None else 30_000)
    return (
        f"Query execution timed out after {waited} seconds. Increase timeout with --query-timeout argument when "
        "starting the mcp server."
    )


def _not_found(call: Call) -> dict[str, Any] | None:
    """What the catalogue's tools say of a database or a table that is not there."""
    given: Any = call.arguments if isinstance(call.arguments, dict) else {}
    database, table = _short(given.get("database")), _short(given.get("table"))
    schema = _short(given.get("schema")) or ""
    kind = {"errorType": "NotFoundError"}
    if call.tool == "list_tables" and database:
        return {"database": database, "schema": schema or "all", "error": f"Database not found: {database}", **kind}
    if call.tool == "list_columns" and table:
        place = {"database": database, "schema": schema or "main", "table": table}
        return {**place, "error": f"Table or view not found: {'.'.join(filter(None, place.values()))}", **kind}
    return None


def _missing_table(table: str, sql: str) -> str:
    """The engine's words for a table that it does not know, with the nearest name and the place in the statement."""
    others = [name for name in _ALWAYS_THERE if name != table.lower()]
    near = get_close_matches(table.lower(), others, n=1, cutoff=_NEAR)
    message = f"Catalog Error: Table with name {table} does not exist!"
    message += f'\nDid you mean "{near[0]}"?' if near else ""
    if not sql.lstrip()[:12].lower().startswith(_POINTING):
        return message
    for number, line in enumerate(sql.splitlines(), 1):
        found = re.search(rf"\b{re.escape(table)}\b", line[:_LINE_MAX])
        if found and len(line) <= _LINE_MAX:
            label = f"LINE {number}: "
            return f"{message}\n\n{label}{line}\n{' ' * (len(label) + found.start())}{'^' * len(table)}"
    return message


def _verb(call: Call) -> str:
    """The first word of a statement."""
    words = _statement(call).split(None, 1)
    return words[0].upper()[:20] if words else "SELECT"


def _statement(call: Call) -> str:
    given: Any = call.arguments if isinstance(call.arguments, dict) else {}
    sql = given.get("sql")
    return sql if isinstance(sql, str) else ""


def _short(value: Any) -> str | None:
    return value[:_LETTERS_MAX] if isinstance(value, str) and value else None
