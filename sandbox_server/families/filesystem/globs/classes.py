"""Character classes of globs: `[a-c]`, `[!x]`, `[[:alpha:]_]`, with the peculiarities of minimatch 10."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

Test = Callable[[str], bool]


def _category(*starts: str, also: str = "") -> Test:
    return lambda letter: unicodedata.category(letter).startswith(starts) or letter in also


_POSIX: Final[dict[str, tuple[Test, bool, bool]]] = {
    "[:alnum:]": (_category("L", "Nl", "Nd"), True, False),
    "[:alpha:]": (_category("L", "Nl"), True, False),
    "[:ascii:]": (str.isascii, False, False),
    "[:blank:]": (_category("Zs", also="\t"), True, False),
    "[:cntrl:]": (_category("Cc"), True, False),
    "[:digit:]": (_category("Nd"), True, False),
    "[:graph:]": (_category("Z", "C"), True, True),
    "[:lower:]": (_category("Ll"), True, False),
    "[:print:]": (_category("C"), True, True),
    "[:punct:]": (_category("P"), True, False),
    "[:space:]": (_category("Z", also="\t\r\n\v\f"), True, False),
    "[:upper:]": (_category("Lu"), True, False),
    "[:word:]": (_category("L", "Nl", "Nd", "Pc"), True, False),
    "[:xdigit:]": (lambda letter: letter in "0123456789abcdefABCDEF", False, False),
}
"""The named classes: their test, whether they make the whole part match code points, whether it says what is not in."""


@dataclass(slots=True)
class LetterClass:
    """One class as read: `length` characters of the glob from `[` on (0: not a class but a plain bracket).

    `only` is the letter of a class that is just an escaped letter, `never` marks a class that nothing matches and
    that swallows the rest of the part.
    """

    length: int = 0
    never: bool = False
    only: str = ""
    pointed: bool = False
    negated: bool = False
    singles: str = ""
    ranges: list[tuple[str, str]] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)
    outside: list[Test] = field(default_factory=list)

    def has(self, letter: str) -> bool:
        """Whether the class matches a letter."""
        listed = self.singles or self.ranges or self.tests
        if listed and self._listed(letter) is not self.negated:
            return True
        return bool(self.outside) and any(test(letter) for test in self.outside) is self.negated

    def _listed(self, letter: str) -> bool:
        return (
            letter in self.singles
            or any(low <= letter <= high for low, high in self.ranges)
            or any(test(letter) for test in self.tests)
        )


def read_class(glob: str, start: int) -> LetterClass:
    """The class that begins at a `[`."""
    found = LetterClass()
    items: list[tuple[str, str]] = []
    at, begun, escaped, low = start + 1, False, False, ""
    if glob[at : at + 1] in ("!", "^") and at < len(glob):
        found.negated, at = True, at + 1
    while at < len(glob):
        letter = glob[at]
        if letter == "]" and begun and not escaped:
            return _finished(found, items, at + 1 - start, len(glob) - start)
        begun = True
        if letter == "\\" and not escaped:
            escaped, at = True, at + 1
            continue
        name = _named(glob, at) if letter == "[" and not escaped else None
        if name:
            if low:
                return LetterClass(length=len(glob) - start, never=True)
            _include(found, name)
            at += len(name)
            continue
        escaped = False
        if low:
            items += [(low, letter)] if letter >= low else []
            low, at = "", at + 1
        elif glob.startswith("-]", at + 1):
            items += [(letter, letter), ("-", "-")]
            at += 2
        elif glob.startswith("-", at + 1):
            low, at = letter, at + 2
        else:
            items.append((letter, letter))
            at += 1
    return LetterClass()


def is_named(glob: str, at: int) -> bool:
    """Whether a named class such as `[:alpha:]` begins at a position."""
    return _named(glob, at) is not None


def _named(glob: str, at: int) -> str | None:
    return next((name for name in _POSIX if glob.startswith(name, at)), None)


def _include(found: LetterClass, name: str) -> None:
    test, pointed, outside = _POSIX[name]
    (found.outside if outside else found.tests).append(test)
    found.pointed = found.pointed or pointed


def _finished(found: LetterClass, items: list[tuple[str, str]], length: int, rest: int) -> LetterClass:
    if not (items or found.tests or found.outside):
        return LetterClass(length=rest, never=True)
    found.length = length
    if len(items) == 1 and items[0][0] == items[0][1] and not (found.tests or found.outside or found.negated):
        found.only = items[0][0]
        return found
    if items and items[0][0] == "^" and not found.negated and not found.tests:
        items = _caret_first(found, items)
    found.singles = "".join(low for low, high in items if low == high)
    found.ranges = [(low, high) for low, high in items if low != high]
    return found


def _caret_first(found: LetterClass, items: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """An escaped caret that comes first negates the class all the same: it is not escaped again on the way."""
    found.negated = True
    (_, high), *others = items
    return others if high == "^" else [("-", "-"), (high, high), *others]
