"""Markdown from plain data."""

from collections.abc import Iterable, Sequence


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are single lines of Markdown."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(cell(text) for text in line)} |" for line in lines)


def cell(text: str) -> str:
    """A text as a cell: one line, its bars escaped."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: object) -> str:
    """A short piece of code."""
    return f"`{text}`"


def page(*pieces: str) -> str:
    """A whole page from pieces with an empty line between them."""
    return "\n\n".join(piece.strip("\n") for piece in pieces if piece.strip()) + "\n"


def anchor(title: str) -> str:
    """The fragment by which a heading is linked to."""
    return "".join(letter for letter in title.lower().replace(" ", "-") if letter.isalnum() or letter in "-_")
