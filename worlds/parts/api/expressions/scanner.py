"""Cuts an expression into words, numbers, texts and signs."""

import re
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["number", "text", "name", "sign", "end"]
_PIECE: Final = re.compile(
    r"""\s*(?:
    (?P<number>\d+(?:\.\d+)?)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<name>[A-Za-z_$][A-Za-z0-9_$]*)
  | (?P<sign>\?\?|==|!=|<=|>=|[-+*/%()\[\].,=<>])
)""",
    re.VERBOSE,
)


class BadExpression(ValueError):
    """An expression that cannot be read; the message says where and what would be accepted."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One word of an expression."""

    kind: Kind
    text: str
    at: int
    """Where it begins, from 1."""


def scan(text: str) -> list[Piece]:
    """The pieces of an expression, and an end. Raises BadExpression at a character that means nothing."""
    pieces: list[Piece] = []
    at = 0
    while text[at:].strip():
        found = _PIECE.match(text, at)
        if not found or found.lastgroup is None:
            raise BadExpression(f"{text!r}: {text[at:].strip()[0]!r} means nothing at character {at + 1}")
        kind: Kind = found.lastgroup  # type: ignore[assignment]
        pieces.append(Piece(kind, found[found.lastgroup], found.start(found.lastgroup) + 1))
        at = found.end()
    return [*pieces, Piece("end", "", len(text) + 1)]
