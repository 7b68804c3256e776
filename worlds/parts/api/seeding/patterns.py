"""Texts that fit a regular expression, for the patterns that descriptions use."""

import importlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from worlds.parts.api.seeding.draws import Luck

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_DIGITS: Final = "0123456789"
_USUAL: Final = _LETTERS + _LETTERS.upper() + _DIGITS
_CATEGORIES: Final = {
    "CATEGORY_DIGIT": _DIGITS,
    "CATEGORY_WORD": _USUAL,
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_SPACE": _USUAL,
    "CATEGORY_NOT_DIGIT": _LETTERS,
    "CATEGORY_NOT_WORD": "-",
}
_MORE: Final = 6
"""How many more than the least an open repetition may have."""


def text_like(pattern: str, luck: Luck) -> str | None:
    """A text that should fit a pattern; None where it cannot be read. Who uses it checks the text."""
    parsed = _parsed(pattern)
    if parsed is None:
        return None
    return "".join(_piece(step, luck.part(f"p{number}")) for number, step in enumerate(parsed))


@lru_cache(2_000)
def _parsed(pattern: str) -> tuple[Any, ...] | None:
    try:
        # the standard library's parser of regular expressions, whose module is named as internal
        return tuple(importlib.import_module("re._parser").parse(pattern))
    except Exception:  # patterns of another dialect fail in many ways
        return None


def _piece(step: Any, luck: Luck) -> str:
    name, value = str(step[0]), step[1]
    if name == "LITERAL":
        return chr(value)
    if name == "NOT_LITERAL":
        return "a" if value != ord("a") else "b"
    if name == "ANY":
        return luck.letters(1, _LETTERS, "any")
    if name == "IN":
        return luck.letters(1, _characters(value), "in")
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low, high, inner = value
        return _repeated(low, high, inner, luck)
    if name == "SUBPATTERN":
        return _all(value[-1], luck)
    if name == "BRANCH":
        choices = value[1]
        return _all(choices[luck.below(len(choices), "branch")], luck)
    return ""


def _all(steps: Sequence[Any], luck: Luck) -> str:
    return "".join(_piece(step, luck.part(f"s{number}")) for number, step in enumerate(steps))


def _repeated(low: int, high: Any, steps: Sequence[Any], luck: Luck) -> str:
    most = min(int(high), int(low) + _MORE)
    count = int(low) + luck.below(most - int(low) + 1, "count")
    return "".join(_all(steps, luck.part(f"r{number}")) for number in range(min(count, 200)))


def _characters(members: Sequence[tuple[Any, Any]]) -> str:
    found, refused, negated = "", "", False
    for name, value in members:
        kind = str(name)
        if kind == "NEGATE":
            negated = True
        elif kind == "LITERAL":
            found += chr(value)
        elif kind == "RANGE":
            found += "".join(chr(code) for code in range(value[0], min(value[1], value[0] + 200) + 1))
        elif kind == "CATEGORY":
            found += _CATEGORIES.get(str(value), "a")
    if negated:
        refused, found = found, _USUAL
    kept = "".join(each for each in dict.fromkeys(found) if each not in refused)
    printable = "".join(each for each in kept if each in _USUAL)
    return printable or kept or "a"
