"""How the imitated server uses Python's `sqlite3`: when a statement begins a transaction, and when it is committed."""

from typing import Final

from worlds.parts.sql.sqlite.execute import Ending

_COMMITTED: Final = ("INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER")
_CHANGING: Final = ("insert", "update", "delete", "replace")
_SKIPPED: Final = " \t\f\n\r"


def is_committed(query: str) -> bool:
    """Whether the server commits after this text, and answers with a count instead of rows."""
    return query.strip().upper().startswith(_COMMITTED)


def ending_of(query: str) -> Ending:
    """What becomes of a statement on a connection that is closed right after it.

    The driver opens a transaction before statements that it takes for changes of rows. The server commits some texts
    only, by their beginning; a transaction that it does not commit is lost.
    """
    if not without_comments(query).lower().startswith(_CHANGING):
        return "alone"
    return "kept" if is_committed(query) else "lost"


def without_comments(query: str) -> str:
    """The text from its first word on, as the driver finds it; empty if there is none."""
    while query:
        query = query.lstrip(_SKIPPED)
        if query.startswith("--"):
            query = query.partition("\n")[2]
        elif query.startswith("/*"):
            query = query[2:].partition("*/")[2]
        else:
            break
    return query
