"""How the imitated server uses Python's `sqlite3`: when a statement begins a transaction, and when it is committed."""

import re
from typing import Final

from worlds.parts.sql.sqlite.execute import Ending

_COMMITTED: Final = ("INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER")
_CHANGING: Final = ("insert", "update", "delete", "replace")
_BLANKS: Final = re.compile(r"[ \t\f\n\r]*")
_COMMENTS_MAX: Final = 10_000
"""What comes after more comments than that is not looked for, because others wait meanwhile."""
_BEGINNING: Final = 32
"""Letters that tell what a text is; the longest word that is looked for is half as long."""


def is_committed(query: str) -> bool:
    """Whether the server commits after this text, and answers with a count instead of rows."""
    return beginning(query).startswith(_COMMITTED)


def ending_of(query: str) -> Ending:
    """What becomes of a statement on a connection that is closed right after it.

    The driver opens a transaction before statements that it takes for changes of rows. The server commits some texts
    only, by their beginning; a transaction that it does not commit is lost.
    """
    if not without_comments(query)[:_BEGINNING].lower().startswith(_CHANGING):
        return "alone"
    return "kept" if is_committed(query) else "lost"


def without_comments(query: str) -> str:
    """The text from its first word on, as the driver finds it; empty if there is none."""
    at = 0
    for _ in range(_COMMENTS_MAX):
        at = _end_of_blanks(query, at)
        if query.startswith("--", at):
            at = query.find("\n", at) % (len(query) + 1)
        elif query.startswith("/*", at):
            end = query.find("*/", at + 2)
            at = end + 2 if end >= 0 else len(query)
        else:
            break
    return query[at:]


def _end_of_blanks(query: str, at: int) -> int:
    blanks = _BLANKS.match(query, at)
    assert blanks is not None  # it matches nothing, too
    return blanks.end()


def beginning(query: str) -> str:
    """The first letters of a text without the blanks before them, in upper case, as the server looks at them."""
    return query.lstrip()[:_BEGINNING].upper()
