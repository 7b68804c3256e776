"""Tests for the most common parts of globs that need no pieces."""

import re
from collections.abc import Callable
from typing import Final

Match = Callable[[str], bool]
"""Whether a part of a path, in UTF-16 units, matches."""

_PLAIN: Final = re.compile(r"[^*?\[\\(]*")
_QUICK_TAIL: Final = re.compile(r"[^+@!?*\[(]*")
_DOT_STARS: Final = re.compile(r"\.\*+")
_STARRED: Final = re.compile(r"[^?\[\\(]*")
_STARS: Final = re.compile(r"\*+")


def is_plain(glob: str) -> bool:
    """Whether a part is just a text."""
    return bool(_PLAIN.fullmatch(glob))


def shortcut(glob: str) -> Match | None:
    """The quick tests that the glob library takes for its most common parts. They do not know of escapes."""
    tail = glob.lstrip("*")
    if not tail:
        return bool
    if tail != glob and _QUICK_TAIL.fullmatch(tail):
        return lambda letters: letters.endswith(tail)
    ending = glob.lstrip("?")
    if ending != glob and _QUICK_TAIL.fullmatch(ending):
        size = len(glob)
        return lambda letters: len(letters) == size and letters.endswith(ending)
    if tail != glob and _DOT_STARS.fullmatch(tail):
        return lambda letters: "." in letters
    if _DOT_STARS.fullmatch(glob):
        return lambda letters: letters.startswith(".")
    return None


def chunks(glob: str) -> Match | None:
    """A test for parts that hold nothing special but stars: each text between them is found as early as it can be."""
    if not _STARRED.fullmatch(glob):
        return None
    first, *middle, last = _STARS.split(glob)
    rest = len(first) + len(last)

    def test(letters: str) -> bool:
        if len(letters) < rest or not letters.startswith(first) or not letters.endswith(last):
            return False
        at, end = len(first), len(letters) - len(last)
        for chunk in middle:
            found = letters.find(chunk, at, end)
            if found < 0:
                return False
            at = found + len(chunk)
        return True

    return test
