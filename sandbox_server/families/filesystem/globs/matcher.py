"""Match one part of a path against one part of a glob."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from sandbox_server.families.filesystem.globs import pieces as kit
from sandbox_server.families.filesystem.globs.classes import LetterClass, is_named, read_class
from sandbox_server.families.filesystem.globs.pieces import Piece, Text
from sandbox_server.families.filesystem.globs.quick import Match, chunks, is_plain, shortcut
from sandbox_server.families.filesystem.globs.syntax import BadGlob, Node, read_part
from sandbox_server.families.filesystem.javascript import BLANKS, points

_ORDINARY: Final = re.compile(r"[^*?\[\\]*")
_UNESCAPABLE: Final = frozenset("-,#" + BLANKS)
"""Letters that the glob library escapes although its Unicode mode forbids that."""


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
            pieces.append(kit.the_end)
        self.weight += len(pieces)
        return pieces

    def runs(self, nodes: Iterable[Node]) -> list[Piece]:
        """The alternatives of a group."""
        return [way for node in nodes for way in kit.split(self.run(node))]

    def group(self, node: Node) -> list[Piece]:
        """The piece of an extended group, or the pieces of one that was never closed."""
        if node.kind is None:
            return self.run(node)
        if node.kind == "!":
            self.magic = True
            runs = self.runs(node.nodes)
            return [kit.some_run if node.hollow else kit.unless(runs)]
        whole = node.is_start() and node.is_end()
        kept = [run for run in node.nodes if not whole or any(run.parts)]
        if whole and not kept:
            return [self.word(node.text())]
        self.magic = True
        return [kit.repeated(self.runs(kept), node.kind)]

    def word(self, text: str) -> Piece:
        """The piece of a literal text."""
        self.words.append(text)
        return kit.literal(text)

    def plain(self, glob: str, *, alone: bool) -> list[Piece]:
        """The pieces of a text with stars, question marks and classes."""
        pieces: list[Piece] = []
        closed = True
        star = kit.some_run if alone and not glob.strip("*") else kit.any_run
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
                pieces.append(self._magical(kit.any_one))
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
        return kit.bar if quoted and letters == "|" else word

    def _class(self, found: LetterClass) -> Piece:
        if found.only:
            return self._letters(found.only)
        self.pointed = self.pointed or found.pointed
        return self._magical(kit.nothing if found.never else kit.one_of(found))


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a glob: a text to be equal to, or a test; and roughly how much work the test is."""

    text: str | None
    test: Match
    weight: int = 1


def compile_part(glob: str) -> Part:
    """The matcher of a part (not `**`), which is given in UTF-16 units. Raises BadGlob."""
    if is_plain(glob):
        return Part(glob, glob.__eq__)
    compiler = _Compiler()
    pieces = compiler.run(read_part(glob))
    if compiler.pointed:
        compiler = _Compiler()
        pieces = compiler.run(read_part(points(glob)))
    if not compiler.magic:
        text = "".join(compiler.words)
        return Part(text, text.__eq__)
    if test := shortcut(glob) or chunks(glob):
        return Part(None, test)
    if compiler.pointed and compiler.escaped:
        raise BadGlob(f"Invalid regular expression: /{glob}/u: Invalid escape")
    return Part(None, _tracer(kit.split(pieces), pointed=compiler.pointed), compiler.weight)


def _tracer(ways: list[Piece], *, pointed: bool) -> Match:
    """Whether a text matches from its start (only the first way is bound to that) to its end (only the last is)."""
    first, *others = ways

    def test(letters: str) -> bool:
        text = Text(points(letters) if pointed else letters)
        if not others:
            return bool(kit.the_end(first(1, text), text))
        if first(1, text) or kit.the_end(others[-1](text.full, text), text):
            return True
        return any(way(text.full, text) for way in others[:-1])

    return test
