"""How servers say that something failed in an answer that the protocol counts as a success."""

from typing import Final

FAILURES: Final = ("Error: ", "Database error: ")
"""How such texts of the SQLite server begin."""


def announces_failure(text: str) -> bool:
    """Whether a text tells of a failure."""
    return text.startswith(FAILURES)
