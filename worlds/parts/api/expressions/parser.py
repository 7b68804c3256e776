"""Reads expressions, the tighter the later: or, and, not, comparisons, ??, + -, * / %, then values and paths."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from worlds.parts.api.expressions.functions import BARE, FUNCTIONS
from worlds.parts.api.expressions.nodes import Both, Called, Constant, Gathered, Item, Listed, Name, Node, Not, Step
from worlds.parts.api.expressions.scanner import BadExpression, Piece, scan

_WORDS: Final = {"true": True, "false": False, "null": None}
_FIGURES: Final = ("count", "sum", "max", "min", "any", "all")
_COMPARED: Final = ("=", "==", "!=", "<=", ">=", "<", ">", "in", "not")
_DEPTH_MAX: Final = 40
_LENGTH_MAX: Final = 2_000


@lru_cache(maxsize=4_096)
def parse(text: str) -> Node:
    """The expression of a text. Raises BadExpression with the place and what would be accepted there."""
    if len(text) > _LENGTH_MAX:
        raise BadExpression(f"an expression of {len(text)} characters is too long; at most {_LENGTH_MAX} are read")
    reader = _Reader(text, scan(text))
    node = reader.alternatives()
    if reader.next.kind != "end":
        raise reader.refused("an end, or something that joins two values (and, or, =, <, +, ...)")
    return node


@dataclass(slots=True)
class _Reader:
    """Goes through the pieces of one expression."""

    text: str
    pieces: list[Piece]
    at: int = 0
    depth: int = 0

    @property
    def next(self) -> Piece:
        return self.pieces[self.at]

    def refused(self, wanted: str) -> BadExpression:
        found = repr(self.next.text) if self.next.text else "the end"
        return BadExpression(f"{self.text!r}: {found} at character {self.next.at}, where {wanted} is expected")

    def take(self, *texts: str) -> str | None:
        """The next piece if it is one of these."""
        if self.next.kind in ("name", "sign") and self.next.text in texts:
            self.at += 1
            return self.pieces[self.at - 1].text
        return None

    def need(self, text: str) -> None:
        if not self.take(text):
            raise self.refused(repr(text))

    def alternatives(self) -> Node:
        self.depth += 1
        if self.depth > _DEPTH_MAX:
            raise BadExpression(f"{self.text!r}: brackets lie too deep in each other")
        node = self.together()
        while self.take("or"):
            node = Both("or", node, self.together())
        self.depth -= 1
        return node

    def together(self) -> Node:
        node = self.denied()
        while self.take("and"):
            node = Both("and", node, self.denied())
        return node

    def denied(self) -> Node:
        count = 0
        while self.take("not"):
            count += 1
        node = self.compared()
        return Not(node) if count % 2 else node

    def compared(self) -> Node:
        node = self.fallback()
        sign = self.take(*_COMPARED)
        if sign == "not":
            self.need("in")
            sign = "not in"
        return Both("=" if sign == "==" else sign, node, self.fallback()) if sign else node

    def fallback(self) -> Node:
        node = self.added()
        while self.take("??"):
            node = Both("??", node, self.added())
        return node

    def added(self) -> Node:
        node = self.multiplied()
        while sign := self.take("+", "-"):
            node = Both(sign, node, self.multiplied())
        return node

    def multiplied(self) -> Node:
        node = self.signed()
        while sign := self.take("*", "/", "%"):
            node = Both(sign, node, self.signed())
        return node

    def signed(self) -> Node:
        minus = False
        while self.take("-"):
            minus = not minus
        node = self.path()
        return Both("-", Constant(0), node) if minus else node

    def path(self) -> Node:
        node = self.value()
        while sign := self.take(".", "["):
            if sign == ".":
                node = Step(node, self.name("the name of a field"))
            else:
                node = Item(node, self.alternatives())
                self.need("]")
        return node

    def name(self, wanted: str) -> str:
        if self.next.kind != "name":
            raise self.refused(wanted)
        self.at += 1
        return self.pieces[self.at - 1].text

    def value(self) -> Node:
        piece = self.next
        if piece.kind == "number":
            self.at += 1
            return Constant(float(piece.text) if "." in piece.text else int(piece.text))
        if piece.kind == "text":
            self.at += 1
            return Constant(_unquoted(piece.text))
        if self.take("("):
            node = self.alternatives()
            self.need(")")
            return node
        if self.take("["):
            return Listed(self.values("]"))
        return self.word(self.name("a value, a field or a function"))

    def word(self, name: str) -> Node:
        if name in _WORDS:
            return Constant(_WORDS[name])
        if self.next.text == "(" and self.next.kind == "sign":
            self.at += 1
            return self.gathered(name) if name in _FIGURES else self.called(name)
        if name in BARE:
            return Called(name, FUNCTIONS[name][0], ())
        return Name(name)

    def called(self, name: str) -> Node:
        known = FUNCTIONS.get(name)
        if known is None:
            raise BadExpression(f"{self.text!r}: there is no function {name}; known: {', '.join(known_functions())}")
        arguments = self.values(")")
        function, fewest, most = known
        if not fewest <= len(arguments) <= most:
            wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
            raise BadExpression(f"{self.text!r}: {name} takes {wanted} values, not {len(arguments)}")
        return Called(name, function, arguments)

    def values(self, end: str) -> tuple[Node, ...]:
        if self.take(end):
            return ()
        items = [self.alternatives()]
        while self.take(","):
            items.append(self.alternatives())
        self.need(end)
        return tuple(items)

    def gathered(self, what: str) -> Node:
        """What follows `sum(`: `amount of refunds where charge = this.id)`; `it` is a member that is a plain value."""
        first = self.alternatives()
        of = first if self.take("of") else None
        source = self.path() if of else first
        where = self.alternatives() if self.take("where") else None
        self.need(")")
        if of is None and what in ("sum", "max", "min"):
            raise BadExpression(f"{self.text!r}: {what} needs to know of what: {what}(amount of refunds where ...)")
        if isinstance(source, Name) and not source.name.startswith("$"):
            return Gathered(what, of, source.name, None, where)
        return Gathered(what, of, "", source, where)


def known_functions() -> list[str]:
    """The names of all functions."""
    return sorted({*FUNCTIONS, *_FIGURES})


def _unquoted(text: str) -> str:
    inside = text[1:-1]
    if text[0] == "'":
        inside = inside.replace("\\'", "'").replace('"', '\\"')
    try:
        return str(json.loads(f'"{inside}"'))
    except ValueError:
        raise BadExpression(f"{text}: not a text; backslashes are written as in JSON") from None
