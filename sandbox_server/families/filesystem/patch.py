"""Unified diffs as the `diff` npm package writes them: four lines of context, both counts always given."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from sandbox_server.families.filesystem.myers import Kind, Run, Steps, at_once, edit_steps

CONTEXT: Final = 4
_RULE: Final = "=" * 67
_NO_NEWLINE: Final = "\n\\ No newline at end of file"


@dataclass(slots=True)
class _Hunk:
    """Changes that lie close together, with the lines around them; starts count from 1."""

    old_start: int
    new_start: int
    lines: list[str] = field(default_factory=list)
    old_count: int = 0
    new_count: int = 0

    def add(self, kind: Kind, lines: Sequence[str]) -> None:
        """Append lines of one kind."""
        self.lines += [kind + line for line in lines]
        self.old_count += len(lines) if kind != "+" else 0
        self.new_count += len(lines) if kind != "-" else 0

    def text(self) -> str:
        """The header and the lines. A side without lines is said to begin one line earlier."""
        old_start = self.old_start - (self.old_count == 0)
        new_start = self.new_start - (self.new_count == 0)
        shown = [line[:-1] if line.endswith("\n") else line + _NO_NEWLINE for line in self.lines]
        header = f"@@ -{old_start},{self.old_count} +{new_start},{self.new_count} @@"
        return "\n".join([header, *shown])


def unified_diff(name: str, old: str, new: str) -> str:
    """The patch that makes `new` of `old`; both are shown under one name, as `original` and `modified`."""
    return at_once(diff_steps(name, old, new))


def diff_steps(name: str, old: str, new: str) -> Steps[str]:
    """The same in portions."""
    header = [f"Index: {name}", _RULE, f"--- {name}\toriginal", f"+++ {name}\tmodified"]
    old_lines, new_lines = split_lines(old), split_lines(new)
    runs = yield from edit_steps(old_lines, new_lines)
    return "\n".join([*header, *(hunk.text() for hunk in _hunks(old_lines, new_lines, runs))]) + "\n"


def split_lines(text: str) -> list[str]:
    """The lines with their line feeds; only a line feed ends one."""
    lines = text.split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])


def _hunks(old: Sequence[str], new: Sequence[str], runs: Sequence[Run]) -> list[_Hunk]:
    hunks: list[_Hunk] = []
    hunk: _Hunk | None = None
    old_at = new_at = 0
    for index, run in enumerate(runs):
        lines = (new if run.kind == "+" else old)[slice(*_span(run, old_at, new_at))]
        if run.kind != " ":
            hunk = hunk or _opened(hunks, old, old_at, new_at)
            hunk.add(run.kind, lines)
        elif hunk:
            hunk = _kept(hunk, lines, last=index == len(runs) - 1)
        old_at += run.length if run.kind != "+" else 0
        new_at += run.length if run.kind != "-" else 0
    return hunks


def _span(run: Run, old_at: int, new_at: int) -> tuple[int, int]:
    start = new_at if run.kind == "+" else old_at
    return start, start + run.length


def _opened(hunks: list[_Hunk], old: Sequence[str], old_at: int, new_at: int) -> _Hunk:
    """A new hunk that begins with the lines kept just before a change."""
    before = old[max(0, old_at - CONTEXT) : old_at]
    hunk = _Hunk(old_at - len(before) + 1, new_at - len(before) + 1)
    hunk.add(" ", before)
    hunks.append(hunk)
    return hunk


def _kept(hunk: _Hunk, lines: Sequence[str], *, last: bool) -> _Hunk | None:
    """Go over kept lines: a short stretch between changes joins them, a long one ends the hunk."""
    if len(lines) <= 2 * CONTEXT and not last:
        hunk.add(" ", lines)
        return hunk
    hunk.add(" ", list(islice(lines, CONTEXT)))
    return None
