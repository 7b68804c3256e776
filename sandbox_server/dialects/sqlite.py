"""The reference SQLite server: what SQLite itself says, told as a plain answer."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from fault_injection.asked import Works
from fault_injection.scene import Meaning, Said
from sandbox_server.call import Call, Reply
from sandbox_server.dialect import Vocabulary, dialects
from sandbox_server.family import Server

_ERRORS: Final[Mapping[Meaning, str]] = {
    "error": "disk I/O error",
    "limited": "database is locked",
    "quota": "database or disk is full",
    "unavailable": "unable to open database file",
    "auth_expired": "unable to open database file",
    "forbidden": "unable to open database file",
    "not_found": "no such table: {table}",
    "locked": "database is locked",
    "deadlock": "database is locked",
    "conflict": "database is locked",
    "full": "database or disk is full",
    "read_only": "attempt to write a readonly database",
    "timeout": "database is locked",
}
_WRITES_ONLY: Final[Mapping[Meaning, str]] = {"forbidden": "attempt to write a readonly database"}
"""What somebody who may read and not write is told of writes."""
_EMPTY: Final = frozenset(("list_tables", "describe_table"))
"""What finds nothing where a table is gone, instead of failing."""
_TABLE: Final = re.compile(r"\b(?:from|into|update|table|join)\s+[\"'`\[]?(\w+)", re.IGNORECASE)
_LETTERS_MAX: Final = 10_000
_READS: Final = frozenset(("read_query", "list_tables", "describe_table"))


@dialects.register("sqlite")
class Sqlite:
    """The engine's messages."""

    vocabulary: ClassVar[Vocabulary] = "local"

    def say(self, meaning: Meaning, said: Said, call: Call, server: Server) -> Reply:
        """A plain answer that begins as all failures of the database do."""
        if meaning == "not_found" and call.tool in _EMPTY and not said.text:
            return server.surface.fingerprint.text("[]")
        errors = _ERRORS if self.works(call, server) == "read" else {**_ERRORS, **_WRITES_ONLY}
        text = said.text or f"Database error: {errors[meaning].format(table=table_in(call.arguments, 'query'))}"
        return server.surface.fingerprint.text(text)

    def works(self, call: Call, server: Server) -> Works:
        """Three tools read."""
        return "read" if call.tool in _READS else "write"


def table_in(arguments: Any, key: str) -> str:
    """The table that a call is about: the one it names, or the first in its statement."""
    given = arguments if isinstance(arguments, dict) else {}
    if isinstance(given.get("table_name"), str):
        return str(given["table_name"])[:200]
    query = given.get(key)
    found = _TABLE.search(query[:_LETTERS_MAX]) if isinstance(query, str) else None
    return found[1] if found else "sqlite_master"
