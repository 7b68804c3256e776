"""Texts that fit a regular expression, for the patterns that descriptions use."""

import importlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

from worlds.parts.api.seeding.draws import Luck, mixed, salt_of

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
_REPEATED_MAX: Final = 200

Write = Callable[[Luck], str]
"""What writes a piece of a text."""


def text_like(pattern: str, luck: Luck) -> str | None:
    """A text that should fit a pattern; None where it cannot be read. Who uses it checks the text."""
    write = _writer(pattern)
    return None if write is None else write(luck)


@lru_cache(2_000)
def _writer(pattern: str) -> Write | None:
    """What writes texts for a pattern: found out once, for it is asked for every resource."""
    try:
        # the standard library's parser of regular expressions, whose module is named as internal
        parsed = tuple(importlib.import_module("re._parser").parse(pattern))
    except Exception:  # patterns of another dialect fail in many ways
        return None
    return _all(parsed)


def _all(steps: Sequence[Any]) -> Write:
    """Pieces one after the other, each with draws of its own."""
    if all(str(step[0]) == "LITERAL" for step in steps):
        text = "".join(chr(step[1]) for step in steps)
        return lambda luck: text
    pieces = [(f"s{number}", _piece(step)) for number, step in enumerate(steps)]
    if len(pieces) == 1:
        return pieces[0][1]
    salts = [(salt_of(name), write) for name, write in pieces]
    return lambda luck: "".join([write(Luck(mixed(luck.seed, salt))) for salt, write in salts])


def _piece(step: Any) -> Write:
    name, value = str(step[0]), step[1]
    if name == "LITERAL":
        text = chr(value)
        return lambda luck: text
    if name in ("NOT_LITERAL", "ANY", "IN"):
        characters = _alphabet(step)
        return lambda luck: luck.letters(1, characters, "in")
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low, high, inner = value
        return _repeated(int(low), int(high), inner)
    if name == "SUBPATTERN":
        return _all(value[-1])
    if name == "BRANCH":
        choices = [_all(each) for each in value[1]]
        return lambda luck: choices[luck.below(len(choices), "branch")](luck.part("branch"))
    return lambda luck: ""


def _repeated(low: int, high: int, steps: Sequence[Any]) -> Write:
    """A piece several times; characters of one class in one go."""
    choices = min(high, low + _MORE) - low + 1
    characters = _alphabet(steps[0]) if len(steps) == 1 else ""
    write = _all(steps)

    def repeat(luck: Luck) -> str:
        count = min(low + (luck.below(choices, "count") if choices > 1 else 0), _REPEATED_MAX)
        if characters:
            return luck.letters(count, characters, "in")
        return "".join([write(luck.part(f"r{number}")) for number in range(count)])

    return repeat


def _alphabet(step: Any) -> str:
    """The characters of which a step takes one; empty for any other step."""
    name, value = str(step[0]), step[1]
    if name == "IN":
        return _characters(value)
    if name == "ANY":
        return _LETTERS
    if name == "NOT_LITERAL":
        return "a" if value != ord("a") else "b"
    return ""


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
