"""Unified diffs as the `diff` npm package writes them: four lines of context, both counts always given."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sandbox_server.aside import Steps
from sandbox_server.families.filesystem.myers import Kind, Run, edit_steps
from sandbox_server.families.filesystem.portions import at_once, blocks, freed, pieces

CONTEXT: Final = 4
_RULE: Final = "=" * 67
_NO_NEWLINE: Final = "\n\\ No newline at end of file\n"


@dataclass(slots=True)
class _Hunk:
    """Changes that lie close together, with the lines around them; starts count from 1."""

    old_start: int
    new_start: int
    pieces: list[str] = field(default_factory=list)
    old_count: int = 0
    new_count: int = 0

    def add(self, kind: Kind, lines: Sequence[str]) -> None:
        """Append some lines of one kind."""
        text = "".join([kind + line for line in lines])
        self.pieces.append(text if text.endswith("\n") else text + _NO_NEWLINE)
        self.old_count += len(lines) if kind != "+" else 0
        self.new_count += len(lines) if kind != "-" else 0

    def text(self) -> str:
        """The header and the lines. A side without lines is said to begin one line earlier."""
        old_start = self.old_start - (self.old_count == 0)
        new_start = self.new_start - (self.new_count == 0)
        header = f"@@ -{old_start},{self.old_count} +{new_start},{self.new_count} @@\n"
        return "".join([header, *self.pieces])


def unified_diff(name: str, old: str, new: str) -> str:
    """The patch that makes `new` of `old`; both are shown under one name, as `original` and `modified`."""
    return at_once(diff_steps(name, old, new))


def diff_steps(name: str, old: str, new: str) -> Steps[str]:
    """The same in portions."""
    header = [f"Index: {name}", _RULE, f"--- {name}\toriginal", f"+++ {name}\tmodified"]
    old_lines, new_lines = (yield from split_lines(old)), (yield from split_lines(new))
    runs = yield from edit_steps(old_lines, new_lines)
    hunks = yield from _hunks(old_lines, new_lines, runs)
    yield from freed(old_lines)
    yield from freed(new_lines)
    return "\n".join([*header, ""]) + "".join([hunk.text() for hunk in hunks])


def split_lines(text: str) -> Steps[list[str]]:
    """The lines with their line feeds; only a line feed ends one."""
    lines: list[str] = []
    for piece in pieces(text):
        yield
        *whole, last = piece.split("\n")
        lines += [line + "\n" for line in whole]
        if last:
            lines.append(last)
    return lines


def _hunks(old: Sequence[str], new: Sequence[str], runs: Sequence[Run]) -> Steps[list[_Hunk]]:
    hunks: list[_Hunk] = []
    hunk: _Hunk | None = None
    old_at = new_at = 0
    for index, run in enumerate(runs):
        yield
        if run.kind != " ":
            hunk = hunk or _opened(hunks, old, old_at, new_at)
            yield from _changed(hunk, run, *((new, new_at) if run.kind == "+" else (old, old_at)))
        elif hunk:
            hunk = _kept(hunk, old, range(old_at, old_at + run.length), last=index == len(runs) - 1)
        old_at += run.length if run.kind != "+" else 0
        new_at += run.length if run.kind != "-" else 0
    return hunks


def _changed(hunk: _Hunk, run: Run, lines: Sequence[str], at: int) -> Steps[None]:
    for block in blocks(run.length):
        yield
        hunk.add(run.kind, lines[at + block.start : at + block.stop])


def _opened(hunks: list[_Hunk], old: Sequence[str], old_at: int, new_at: int) -> _Hunk:
    """A new hunk that begins with the lines kept just before a change."""
    before = old[max(0, old_at - CONTEXT) : old_at]
    hunk = _Hunk(old_at - len(before) + 1, new_at - len(before) + 1)
    if before:
        hunk.add(" ", before)
    hunks.append(hunk)
    return hunk


def _kept(hunk: _Hunk, lines: Sequence[str], span: range, *, last: bool) -> _Hunk | None:
    """Go over kept lines: a short stretch between changes joins them, a long one ends the hunk."""
    joins = len(span) <= 2 * CONTEXT and not last
    shown = span if joins else span[:CONTEXT]
    hunk.add(" ", lines[shown.start : shown.stop])
    return hunk if joins else None
