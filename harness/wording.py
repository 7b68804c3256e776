"""How servers say that something failed in an answer that the protocol counts as a success."""

import re
from typing import Final

FAILURES: Final = ("Error: ", "Database error: ")
"""How such texts of the SQLite server begin."""
_UNSUCCESSFUL: Final = re.compile(r'\{\s*"success": false')
"""How those of the MotherDuck server's catalogue tools do."""
_SEVERAL: Final = re.compile(r"[^\n]*: Error - E[A-Z]+: ")
"""How the filesystem server tells that one of several files could not be read."""


def announces_failure(text: str) -> bool:
    """Whether a text tells of a failure."""
    if text.startswith(FAILURES) or _UNSUCCESSFUL.match(text):
        return True
    return all(_SEVERAL.match(part) for part in text.split("\n---\n"))
