"""What can be told of a statement from its text alone, read as SQLite's own tokeniser reads it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_TOKEN: Final = re.compile(
    r"""'(?:[^']|'')*(?:'|\Z)|"(?:[^"]|"")*(?:"|\Z)|`(?:[^`]|``)*(?:`|\Z)|\[[^\]]*(?:\]|\Z)"""
    r"""|--[^\n]*|/\*.*?(?:\*/|\Z)|[ \t\n\f\r]+|[^\W\d]\w*|.""",
    re.DOTALL,
)
_BLANK: Final = (" ", "\t", "\n", "\f", "\r", "--", "/*")
_PLAIN: Final = frozenset({"SELECT", "VALUES", "WITH", "INSERT", "REPLACE", "UPDATE", "DELETE", ""})
_PERSONAL: Final = re.compile(
    r"changes|last_insert_rowid|pragma|sqlite_stat|sqlite_seq|sqlite_temp|temp\s*\.|database_list", re.IGNORECASE
)
_TRAITS_KEPT: Final = 512
_LOCAL_TIME: Final = re.compile(r"localtime|'\s*utc\s*'", re.IGNORECASE)


def tokens(sql: str) -> Iterator[str]:
    """The tokens of some SQL, blanks and comments included; joined they are the text again."""
    return (match.group() for match in _TOKEN.finditer(sql))


def is_blank(token: str) -> bool:
    """Whether a token is white space or a comment."""
    return token.startswith(_BLANK)


def first_word(sql: str) -> str:
    """The first word of a statement in upper case; empty when there is none."""
    for token in tokens(sql):
        if not is_blank(token) and token != ";":
            return token.upper()
    return ""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a statement's text tells of it."""

    word: str
    """Its first word in upper case."""
    plain: bool
    """Whether it neither asks for nor changes what belongs to a connection rather than to the database."""
    local_time: bool
    """Whether it converts to or from local time, which differs from machine to machine."""


@lru_cache(_TRAITS_KEPT)
def traits(sql: str) -> Traits:
    """What can be told of one statement."""
    word = first_word(sql)
    return Traits(word, word in _PLAIN and not is_personal(sql), names_local_time(sql))


def is_personal(sql: str) -> bool:
    """Whether some SQL asks for what belongs to a connection."""
    return bool(_PERSONAL.search(sql))


def names_local_time(sql: str) -> bool:
    """Whether some SQL names local time."""
    return bool(_LOCAL_TIME.search(sql))


def is_followed(sql: str, first: str | None = None) -> bool:
    """Whether something other than blanks and comments follows the first statement of a text.

    `first` is the first statement as SQLite cut it off, with any semicolons after it; where it is not known, the first
    semicolon ends the statement (which is wrong for triggers only).
    """
    if ";" not in sql:
        return False
    kept = list(tokens(sql[: len(first)] if first is not None else sql))
    rest = list(tokens(sql[len(first) :])) if first is not None else []
    end = _last_run(kept) if first is not None else _first_semicolon(kept)
    return any(not is_blank(token) for token in (*kept[end + 1 :], *rest))


def _first_semicolon(found: list[str]) -> int:
    starts = (place for place, token in enumerate(found) if not is_blank(token) and token != ";")
    begin = next(starts, len(found))
    return next((place for place in range(begin, len(found)) if found[place] == ";"), len(found))


def _last_run(found: list[str]) -> int:
    """Where the semicolon stands that ends the statement, if nothing but blanks and semicolons follows it."""
    end = len(found)
    for place in range(len(found) - 1, -1, -1):
        if found[place] == ";":
            end = place
        elif not is_blank(found[place]):
            break
    return end
