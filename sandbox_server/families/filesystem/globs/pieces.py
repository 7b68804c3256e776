"""The pieces of a pattern, each a step over a text that never tries a way twice.

The positions that the beginning of a pattern can have reached in a text are the bits of an integer. Each piece turns
the bits before it into the bits after it, so the cost is the number of pieces times the length of the text whatever
the pattern: there is nothing that a hostile pattern could make explode.
"""

from collections.abc import Callable

from sandbox_server.families.filesystem.globs.classes import LetterClass


class Text:
    """A text being matched, with the positions of its letters as they are asked for."""

    __slots__ = ("full", "letters", "spots")

    def __init__(self, letters: str) -> None:
        self.letters = letters
        self.full = (2 << len(letters)) - 1
        """A bit for every position, the end included."""
        self.spots: dict[int | str, int] = {}

    def where(self, letters: LetterClass) -> int:
        """The positions of the letters that belong to a class."""
        found = self.spots.get(id(letters))
        if found is None:
            found = sum(1 << at for at, letter in enumerate(self.letters) if letters.has(letter))
            self.spots[id(letters)] = found
        return found

    def starts(self, word: str) -> int:
        """The positions at which a word begins."""
        found = self.spots.get(word)
        if found is None:
            found, at = 0, self.letters.find(word)
            while at >= 0:
                found |= 1 << at
                at = self.letters.find(word, at + 1)
            self.spots[word] = found
        return found


Piece = Callable[[int, Text], int]
"""From the positions before a piece to those after it."""


def literal(word: str) -> Piece:
    """Exactly these letters."""
    size = len(word)
    return lambda bits, text: (bits & text.starts(word)) << size


def one_of(letters: LetterClass) -> Piece:
    """One letter of a class."""
    return lambda bits, text: (bits & text.where(letters)) << 1


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
