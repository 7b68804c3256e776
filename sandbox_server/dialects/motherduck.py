"""The MotherDuck server: DuckDB's errors by class and message, as its tools print them."""

from collections.abc import Mapping
from typing import Any, Final

from fault_injection.asked import Works
from fault_injection.scene import Meaning, Said
from sandbox_server.call import Call, Reply
from sandbox_server.dialect import dialects
from sandbox_server.dialects.sqlite import table_in
from sandbox_server.family import Server

_ERRORS: Final[Mapping[Meaning, tuple[str, str]]] = {
    "error": ("IOException", "IO Error: Could not read enough bytes from file"),
    "limited": ("OutOfMemoryException", "Out of Memory Error: could not allocate block of size 256.0 KiB "
                                        "(1.8 GiB/1.8 GiB used)"),
    "quota": ("OutOfMemoryException", "Out of Memory Error: failed to offload data block of size 256.0 KiB "
                                      "(10.0 GiB/10.0 GiB used)."),
    "unavailable": ("ConnectionException", "Connection Error: Connection was never established or has been closed "
                                           "already"),
    "auth_expired": ("PermissionException", "Permission Error: The session's token is no longer valid"),
    "forbidden": ("PermissionException", "Permission Error: Operation not allowed for this user"),
    "not_found": ("CatalogException", "Catalog Error: Table with name {table} does not exist!"),
    "locked": ("IOException", "IO Error: Could not set lock on file: Conflicting lock is held by another process"),
    "deadlock": ("TransactionException", "TransactionContext Error: Conflict on update!"),
    "conflict": ("TransactionException", "TransactionContext Error: Conflict on tuple deletion!"),
    "full": ("IOException", "IO Error: Could not write all bytes to file: No space left on device"),
    "read_only": ("InvalidInputException", "Invalid Input Error: Cannot execute statement of type \"INSERT\" on "
                                           "database which is attached in read-only mode!"),
    "timeout": ("InterruptException", "INTERRUPT Error: Interrupted!"),
}  # fmt: skip
_READS: Final = ("select", "from", "with", "show", "describe", "explain", "summarize", "pragma", "values")


@dialects.register("motherduck")
class MotherDuck:
    """The engine's messages in the server's JSON."""

    def say(self, meaning: Meaning, said: Said, call: Call, server: Server) -> Reply:
        """An error of `execute_query`, or a plain answer of the catalogue tools, as real failures are."""
        from sandbox_server.families.sql.motherduck.rendering import failure, show  # loads what only this server needs

        kind, message = _ERRORS[meaning]
        text = show(failure(kind, said.text or message.format(table=table_in(call.arguments, "sql"))))
        if call.tool == "execute_query":
            return server.surface.fingerprint.failure(f"Error calling tool {call.tool!r}: {text}")
        return server.surface.fingerprint.text(text, {"result": text})

    def works(self, call: Call, server: Server) -> Works:
        """A statement that begins like a question reads."""
        if call.tool != "execute_query":
            return "read"
        given: Any = call.arguments if isinstance(call.arguments, dict) else {}
        sql = given.get("sql")
        return "read" if isinstance(sql, str) and sql.lstrip()[:12].lower().startswith(_READS) else "write"
