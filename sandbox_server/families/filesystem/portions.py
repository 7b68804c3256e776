"""Work in portions: what takes long pauses again and again, and others have their turns."""

from collections.abc import Iterator
from itertools import count
from typing import AnyStr, Final, TypeVar

from sandbox_server.aside import Steps

T = TypeVar("T")
LINES_AT_ONCE: Final = 5_000
LETTERS_AT_ONCE: Final = 1 << 16
_BLOCKS: Final = (65_536, 256, 1)


def at_once(steps: Steps[T]) -> T:
    """What work comes to, done without a pause."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: T = end.value
            return found


def pieces(text: str) -> Iterator[str]:
    """The text in pieces of some length, each but the last with a line feed at its end."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + LETTERS_AT_ONCE) + 1 or len(text)
        yield text[start:end]
        start = end


def blocks(length: int) -> Iterator[slice]:
    """Slices that together go over a list of that length."""
    for start in count(0, LINES_AT_ONCE):
        if start >= length:
            return
        yield slice(start, min(start + LINES_AT_ONCE, length))


def split(text: str) -> Steps[list[str]]:
    """The lines without their line feeds; what follows the last line feed counts, even if it is empty."""
    lines: list[str] = []
    for piece in pieces(text):
        yield
        found = piece.split("\n")
        lines += found[:-1] if piece.endswith("\n") else found
    if not text or text.endswith("\n"):
        lines.append("")
    return lines


def freed(lines: list[str]) -> Steps[None]:
    """Let go of lines, which takes as long as it took to make them."""
    while lines:
        yield
        del lines[-LINES_AT_ONCE:]


def end_of_line(text: AnyStr, feed: AnyStr, number: int, start: int = 0) -> int:
    """Where the line of that number (from 1) ends, its feed included; the end of the text where there are fewer.

    A text may be nothing but line feeds, so they are counted by the block and not one by one.
    """
    for step in _BLOCKS:
        while start < len(text) and (found := text.count(feed, start, start + step)) < number:
            number -= found
            start += step
    return min(start + 1, len(text))
