"""Match one part of a path against one part of a glob, without ever trying a way twice.

The positions that a beginning of the pattern can have reached in a text are the bits of an integer. Each piece of the
pattern turns the bits before it into the bits after it, so the cost is the number of pieces times the length of the
text whatever the pattern: there is nothing that a hostile pattern could make explode.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from sandbox_server.families.filesystem.globs.classes import LetterClass, is_named, read_class
from sandbox_server.families.filesystem.globs.syntax import BadGlob, Node, read_part
from sandbox_server.families.filesystem.javascript import BLANKS, points

Match = Callable[[str], bool]
_ORDINARY: Final = re.compile(r"[^*?\[\\]*")
_PLAIN: Final = re.compile(r"[^*?\[\\(]*")
_QUICK_TAIL: Final = re.compile(r"[^+@!?*\[(]*")
_DOT_STARS: Final = re.compile(r"\.\*+")
_STARRED: Final = re.compile(r"[^?\[\\(]*")
_STARS: Final = re.compile(r"\*+")
_UNESCAPABLE: Final = frozenset("-,#" + BLANKS)
"""Letters that the glob library escapes although its Unicode mode forbids that."""


class Text:
    """A text being matched, with the positions of its letters as they are asked for."""

    __slots__ = ("full", "letters", "spots")

    def __init__(self, letters: str) -> None:
        self.letters = letters
        self.full = (2 << len(letters)) - 1
        """A bit for every position, the end included."""
        self.spots: dict[object, int] = {}

    def where(self, key: object, test: Match) -> int:
        """The positions of the letters that pass a test."""
        found = self.spots.get(key)
        if found is None:
            found = sum(1 << at for at, letter in enumerate(self.letters) if test(letter))
            self.spots[key] = found
        return found


Piece = Callable[[int, Text], int]
"""From the positions before a piece to those after it."""


def literal(word: str) -> Piece:
    """Exactly these letters."""

    def step(bits: int, text: Text) -> int:
        for letter in word:
            if not bits:
                return 0
            bits = (bits & text.where(letter, letter.__eq__)) << 1
        return bits

    return step


def one_of(letters: LetterClass) -> Piece:
    """One letter of a class."""
    return lambda bits, text: (bits & text.where(id(letters), letters.has)) << 1


def any_one(bits: int, text: Text) -> int:
    """One letter, whichever."""
    return (bits << 1) & text.full


def any_run(bits: int, text: Text) -> int:
    """Any number of letters."""
    return text.full & -(bits & -bits)


def some_run(bits: int, text: Text) -> int:
    """At least one letter."""
    return any_run(any_one(bits, text), text)


def nothing(bits: int, text: Text) -> int:
    """No text at all, not even the empty one."""
    return 0


def the_end(bits: int, text: Text) -> int:
    """The end of the text."""
    return bits & ((text.full + 1) >> 1)


def bar(bits: int, text: Text) -> int:
    """An escaped bar: never matched, but what the pieces of a run are split at, see `split`."""
    return bits


def split(pieces: list[Piece]) -> list[Piece]:
    """The alternatives in a run: the glob library lets an escaped bar through to the regular expression."""
    ways: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece is bar:
            ways.append([])
        else:
            ways[-1].append(piece)
    return [sequence(way) for way in ways]


def sequence(pieces: list[Piece]) -> Piece:
    """One piece after the other."""
    if len(pieces) == 1:
        return pieces[0]

    def step(bits: int, text: Text) -> int:
        for piece in pieces:
            bits = bits and piece(bits, text)
        return bits

    return step


def repeated(runs: list[Piece], kind: str) -> Piece:
    """One of several runs: once (`@`), at most once (`?`), at least once (`+`) or any number of times (`*`)."""

    def once(bits: int, text: Text) -> int:
        found = 0
        for run in runs:
            found |= run(bits, text)
        return found

    def often(bits: int, text: Text) -> int:
        reached = fresh = once(bits, text)
        while fresh:
            fresh = once(fresh, text) & ~reached
            reached |= fresh
        return reached

    if kind in "@?":
        return once if kind == "@" else lambda bits, text: bits | once(bits, text)
    return often if kind == "+" else lambda bits, text: bits | often(bits, text)


def unless(runs: list[Piece]) -> Piece:
    """Any number of letters from where none of the runs (each with all that follows it) would match."""

    def step(bits: int, text: Text) -> int:
        free = 0
        while bits:
            lowest = bits & -bits
            bits ^= lowest
            if not any(run(lowest, text) for run in runs):
                free |= lowest
        return any_run(free, text) if free else 0

    return step


@dataclass(slots=True)
class _Compiler:
    """Turns the tree of one part into pieces, and notes what the part is like as a whole."""

    magic: bool = False
    pointed: bool = False
    """Letters are code points rather than UTF-16 units."""
    words: list[str] = field(default_factory=list)
    """The literal texts; all of them, in order, when there is no magic."""
    weight: int = 0
    escaped: bool = False
    """Some letter is escaped that must not be when letters are code points."""

    def run(self, node: Node) -> list[Piece]:
        """The pieces of a run."""
        alone = all(isinstance(part, str) for part in node.parts) and node.is_start() and node.is_end()
        pieces: list[Piece] = []
        for part in node.parts:
            pieces += self.plain(part, alone=alone) if isinstance(part, str) else self.group(part)
        if node.parent and node.parent.kind == "!" and node.is_end():
            pieces.append(the_end)
        self.weight += len(pieces)
        return pieces

    def runs(self, nodes: Iterable[Node]) -> list[Piece]:
        """The alternatives of a group."""
        return [way for node in nodes for way in split(self.run(node))]

    def group(self, node: Node) -> list[Piece]:
        """The piece of an extended group, or the pieces of one that was never closed."""
        if node.kind is None:
            return self.run(node)
        if node.kind == "!":
            self.magic = True
            runs = self.runs(node.nodes)
            return [some_run if node.hollow else unless(runs)]
        whole = node.is_start() and node.is_end()
        kept = [run for run in node.nodes if not whole or any(run.parts)]
        if whole and not kept:
            return [self.word(node.text())]
        self.magic = True
        return [repeated(self.runs(kept), node.kind)]

    def word(self, text: str) -> Piece:
        """The piece of a literal text."""
        self.words.append(text)
        return literal(text)

    def plain(self, glob: str, *, alone: bool) -> list[Piece]:
        """The pieces of a text with stars, question marks and classes."""
        pieces: list[Piece] = []
        closed = True
        star = some_run if alone and not glob.strip("*") else any_run
        at = 0
        while at < len(glob):
            if (run := _ORDINARY.match(glob, at)) and run[0]:
                pieces.append(self._letters(run[0]))
                at = run.end()
                continue
            letter, step = glob[at], 1
            if letter == "*":
                step = len(glob) - at - len(glob[at:].lstrip("*"))
                pieces.append(self._magical(star))
            elif letter == "\\" and at + 1 < len(glob):
                step = 2
                pieces.append(self._letters(glob[at + 1], quoted=True))
            elif letter == "?":
                pieces.append(self._magical(any_one))
            elif letter == "[" and (closed or is_named(glob, at)) and (found := read_class(glob, at)).length:
                step = found.length
                pieces.append(self._class(found))
            else:
                closed = closed and letter != "["  # brackets that never close are looked through only once
                pieces.append(self._letters(letter))
            at += step
        return pieces

    def _magical(self, piece: Piece) -> Piece:
        self.magic = True
        return piece

    def _letters(self, letters: str, *, quoted: bool = False) -> Piece:
        self.escaped = self.escaped or (letters == "!" if quoted else not _UNESCAPABLE.isdisjoint(letters))
        word = self.word(letters)
        return bar if quoted and letters == "|" else word

    def _class(self, found: LetterClass) -> Piece:
        if found.only:
            return self._letters(found.only)
        self.pointed = self.pointed or found.pointed
        return self._magical(nothing if found.never else one_of(found))


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a glob: a text to be equal to, or a test; and roughly how much work the test is."""

    text: str | None
    test: Match
    weight: int = 1


def compile_part(glob: str) -> Part:
    """The matcher of a part (not `**`), which is given in UTF-16 units. Raises BadGlob."""
    if _PLAIN.fullmatch(glob):
        return Part(glob, glob.__eq__)
    compiler = _Compiler()
    pieces = compiler.run(read_part(glob))
    if compiler.pointed:
        compiler = _Compiler()
        pieces = compiler.run(read_part(points(glob)))
    if not compiler.magic:
        text = "".join(compiler.words)
        return Part(text, text.__eq__)
    if test := _shortcut(glob) or _chunks(glob):
        return Part(None, test)
    if compiler.pointed and compiler.escaped:
        raise BadGlob(f"Invalid regular expression: /{glob}/u: Invalid escape")
    return Part(None, _tracer(split(pieces), pointed=compiler.pointed), compiler.weight)


def _tracer(ways: list[Piece], *, pointed: bool) -> Match:
    """Whether a text matches from its start (only the first way is bound to that) to its end (only the last is)."""
    first, *others = ways

    def test(letters: str) -> bool:
        text = Text(points(letters) if pointed else letters)
        if not others:
            return bool(the_end(first(1, text), text))
        if first(1, text) or the_end(others[-1](text.full, text), text):
            return True
        return any(way(text.full, text) for way in others[:-1])

    return test


def _shortcut(glob: str) -> Match | None:
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


def _chunks(glob: str) -> Match | None:
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
