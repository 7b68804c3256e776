"""The order of names in a listing: that of ICU's root locale, which JavaScript's `localeCompare` uses.

The Unicode Collation Algorithm (UTS #10) with three levels, punctuation not ignored. The order itself was measured;
see the head of `data/collation.txt`. Ideographs beyond the Basic Multilingual Plane come by code point.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final, NamedTuple

STEP: Final = 64
"""The distance of two accents, or of two forms of a letter, in the data."""
UNLISTED: Final = 1 << 24
"""Added to the code point of a character that the data does not list."""

_ASCII_ORDER: Final = "\t\n\v\f\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz"
_PRIMARY: Final = {
    code: chr(1 + _ASCII_ORDER.index(chr(code).lower())) if chr(code).lower() in _ASCII_ORDER else None
    for code in range(128)
}
_CASE: Final = {code: (None if _PRIMARY[code] is None else "1" if chr(code).isupper() else "0") for code in range(128)}

Key = Any
"""What names are compared by: all keys of one list are alike."""


class Element(NamedTuple):
    """What a piece of a text weighs: 0 is no primary weight, an ordinary accent or an ordinary form."""

    primary: int
    secondary: int = 0
    tertiary: int = 0


Elements = tuple[Element, ...]


def keys_for(names: Iterable[str]) -> Callable[[str], Key]:
    """The key function for a list of names."""
    return ascii_key if all(map(str.isascii, names)) else Collation.root().key


def ascii_key(name: str) -> Key:
    """The key of an ASCII name among ASCII names."""
    return name.translate(_PRIMARY), name.translate(_CASE)


@dataclass
class Collation:
    """The weights of all characters."""

    starts: list[int] = field(default_factory=list)
    """The first code points of ranges that are in order, ascending, and beside each its end and first weight."""
    spans: list[tuple[int, int]] = field(default_factory=list)
    special: dict[str, Elements] = field(default_factory=dict)
    """Everything that is not just a letter in its ordinary form, sequences included; and letters once they were met."""
    sequences: dict[str, list[str]] = field(default_factory=dict)
    """First characters to the sequences that begin with them, longest first."""
    swaps: dict[str, frozenset[str]] = field(default_factory=dict)
    composed: dict[int, str] = field(default_factory=dict)

    @staticmethod
    @cache
    def root() -> "Collation":
        """The root locale's weights, read when they are first needed."""
        file = resources.files(__package__).joinpath("data", "collation.txt")
        return _Reader(file.read_text("utf-8")).collation()

    def key(self, name: str) -> Key:
        """The key of any name: its weights level by level."""
        primary, secondary, tertiary = list[int](), list[int](), list[int]()
        for element in self._elements(unicodedata.normalize("NFD", name.translate(self.composed))):
            if element.primary:
                primary.append(element.primary)
            secondary.append(element.secondary)
            tertiary.append(element.tertiary)
        return primary, secondary, tertiary

    def weight(self, letter: str) -> int:
        """The primary weight of a letter in its ordinary form."""
        code = ord(letter)
        at = bisect_right(self.starts, code) - 1
        if at >= 0 and code <= self.spans[at][0]:
            return self.spans[at][1] + code - self.starts[at]
        return UNLISTED + code

    def _elements(self, text: str) -> Iterator[Element]:
        at = 0
        while at < len(text):
            piece = self._piece(text, at)
            at += len(piece)
            if piece in self.swaps and text[at : at + 1] in self.swaps[piece]:
                yield from self._weighed(text[at])
                at += 1
            yield from self._weighed(piece)

    def _weighed(self, piece: str) -> Elements:
        found = self.special.get(piece)
        if found is None:
            found = self.special[piece] = (Element(self.weight(piece)),)
        return found

    def _piece(self, text: str, at: int) -> str:
        for sequence in self.sequences.get(text[at], ()):
            if text.startswith(sequence, at):
                return sequence
        return text[at]


class _Reader:
    """Reads the data file, section by section."""

    def __init__(self, text: str) -> None:
        self.sections: dict[str, list[str]] = {}
        for line in text.splitlines():
            if line.startswith("["):
                tokens = self.sections[line.strip("[]")] = []
            elif not line.startswith("#"):
                tokens += line.split()
        self.found = Collation()
        self.weights: dict[str, int] = {}

    def collation(self) -> Collation:
        """The weights of all sections."""
        self._order()
        for token in self.sections["levels"]:
            head = token.partition("<")[0].partition("=")[0]
            self._chain(token.removeprefix(head), Element(self._weight(head)))
        for number, token in enumerate(self.sections["accents"], 1):
            self._chain(token, Element(0, number * STEP))
        for token in self.sections["silent"]:
            self.found.special.update((chr(code), ()) for code in _codes(token))
        for token in self.sections["others"]:
            self._other(token)
        self._rest()
        return self.found

    def _order(self) -> None:
        ranges, weight = list[tuple[int, int, int]](), 1
        for token in self.sections["order"]:
            if "+" in token:
                self.weights[token] = weight
                self._add(_text(token), (Element(weight),))
                weight += 1
                continue
            codes = _codes(token)
            ranges.append((codes.start, codes.stop - 1, weight))
            weight += len(codes)
        ranges.sort()
        self.found.starts = [start for start, _, _ in ranges]
        self.found.spans = [(end, first) for _, end, first in ranges]

    def _chain(self, token: str, plain: Element) -> None:
        for level, members in enumerate(token.split("<")):
            for member in filter(None, members.split("=")):
                self._add(_text(member), (plain._replace(tertiary=level * STEP),))

    def _other(self, token: str) -> None:
        written, _, elements = token.partition(":")
        self._add(_text(written), tuple(map(self._element, elements.split(","))))

    def _element(self, written: str) -> Element:
        head, secondary, tertiary, *_ = [*written.split("/"), "", ""]
        return Element(self._weight(head) if head else 0, int(secondary or 0), int(tertiary or 0))

    def _rest(self) -> None:
        for token in self.sections["swaps"]:
            vowel, _, consonants = token.partition(":")
            codes = [code for part in consonants.split(",") for code in _codes(part)]
            self.found.swaps[_text(vowel)] = frozenset(map(chr, codes))
        for token in self.sections["composed"]:
            letter, _, pieces = token.partition("=")
            self.found.composed[int(letter, 16)] = _text(pieces)
        for sequences in self.found.sequences.values():
            sequences.sort(key=len, reverse=True)

    def _add(self, text: str, elements: Elements) -> None:
        self.found.special[text] = elements
        if len(text) > 1:
            self.found.sequences.setdefault(text[0], []).append(text)

    def _weight(self, written: str) -> int:
        return self.weights[written] if "+" in written else self.found.weight(chr(int(written, 16)))


def _text(written: str) -> str:
    return "".join(chr(int(code, 16)) for code in written.split("+"))


def _codes(written: str) -> range:
    first, _, last = written.partition("-")
    return range(int(first, 16), int(last or first, 16) + 1)
