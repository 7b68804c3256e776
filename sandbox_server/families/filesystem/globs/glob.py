"""Whole globs against whole relative paths, as minimatch 10 decides with dot files on."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from sandbox_server.aside import Steps
from sandbox_server.families.filesystem.globs.braces import expand_braces
from sandbox_server.families.filesystem.globs.matcher import Part, compile_part
from sandbox_server.families.filesystem.globs.quick import Match
from sandbox_server.families.filesystem.globs.syntax import BadGlob
from sandbox_server.families.filesystem.javascript import length, units
from sandbox_server.families.filesystem.portions import at_once

PATTERN_UNITS_MAX: Final = 64 * 1024
SECTIONS_MAX: Final = 200
"""Runs of parts between two `**` that are looked for; with more of them nothing matches."""
WEIGHT_AT_ONCE: Final = 500
"""Work that is done before others get a turn."""
GLOBS_KEPT: Final = 512
_SLASHES: Final = re.compile("/+")


class Glob:
    """A compiled pattern. `weight` says roughly how much work one path is, in parts of a pattern."""

    __slots__ = ("_texts", "_ways", "negated", "weight")

    def __init__(self, pattern: str) -> None:
        bare = pattern.lstrip("!")
        self.negated = (len(pattern) - len(bare)) % 2 == 1
        self._ways: list[_Way] = []
        self._texts: set[str] = set()
        if pattern and not pattern.startswith("#"):
            for text in dict.fromkeys(_SLASHES.sub("/", text) for text in expand_braces(bare)):
                self._add(_tidied(text.split("/")))
        else:
            self.negated = False
        self.weight = sum(way.weight for way in self._ways)

    def matches(self, path: str) -> bool:
        """Whether a relative path (no empty, `.` or `..` parts) matches."""
        return at_once(self.match_steps(path))

    def match_steps(self, path: str) -> Steps[bool]:
        """The same in portions."""
        path = units(path)
        if path in self._texts:
            return not self.negated
        parts, weight = path.split("/"), 0
        for way in self._ways:
            weight += way.weight
            if weight > WEIGHT_AT_ONCE:
                yield
                weight = 0
            if way.matches(parts):
                return not self.negated
        return self.negated

    def _add(self, names: Sequence[str]) -> None:
        """One pattern without braces; where all parts are plain texts, so is the whole."""
        parts = [None if name == "**" else compile_part(name) for name in names]
        texts = [part.text for part in parts if part and part.text is not None]
        if len(texts) == len(parts):
            self._texts.add("/".join(texts))
        else:
            self._ways.append(_Way(parts))


@lru_cache(GLOBS_KEPT)
def compile_glob(pattern: str) -> Glob:
    """The glob of a pattern. Raises BadGlob for one that the glob library would throw at."""
    if length(pattern) > PATTERN_UNITS_MAX:
        raise BadGlob("pattern is too long")
    try:
        return Glob(units(pattern))
    except RecursionError:
        raise BadGlob("Maximum call stack size exceeded") from None


class _Way:
    """One pattern without braces: what comes before the first `**`, between, and after the last."""

    __slots__ = ("_head", "_sections", "_tail", "_wild", "weight")

    def __init__(self, parts: Sequence[Part | None]) -> None:
        self.weight = sum(part.weight if part else 1 for part in parts)
        self._wild = None in parts
        first = parts.index(None) if self._wild else len(parts)
        last = len(parts) - parts[::-1].index(None) if self._wild else len(parts)
        self._head, self._tail = _tests(parts[:first]), _tests(parts[last:])
        self._sections = _split(parts[first + 1 : last - 1])

    def matches(self, parts: Sequence[str]) -> bool:
        """Whether the parts of a path match."""
        head, tail = self._head, self._tail
        if not self._wild:
            return len(parts) == len(head) and _fits(head, parts, 0)
        end = len(parts) - len(tail)
        if end < len(head) or not _fits(head, parts, 0) or not _fits(tail, parts, end):
            return False
        if not self._sections:
            return bool(tail) or end > len(head)
        return self._between(parts, len(head), end)

    def _between(self, parts: Sequence[str], start: int, end: int) -> bool:
        """Whether all sections are found in order. A section is looked for up to a bound that minimatch computes from
        the sizes of the sections counted from the wrong side; what it misses by that is missed here, too."""
        sizes = [len(section) for section in self._sections]
        sums = [sum(sizes[:index]) for index in range(len(sizes))]
        last = [end - (sums[-1 - index] + sizes[index]) for index in range(len(sizes))]
        reached = {start}
        for index, section in enumerate(self._sections):
            bound = -1 if index >= SECTIONS_MAX else last[index]
            begin = min(reached)
            hits = [at for at in range(begin, bound + 1) if at + len(section) <= end and _fits(section, parts, at)]
            reached = {at + len(section) for at in hits}
            if not reached:
                return False
        return bool(self._tail) or min(reached) < end


def _fits(tests: Sequence[Match], parts: Sequence[str], start: int) -> bool:
    for index, test in enumerate(tests, start):  # noqa: SIM110 - a generator would double the cost of a path
        if not test(parts[index]):
            return False
    return True


def _tests(parts: Sequence[Part | None]) -> tuple[Match, ...]:
    return tuple(part.test for part in parts if part)


def _split(parts: Sequence[Part | None]) -> list[tuple[Match, ...]]:
    """The runs of parts between `**`."""
    sections: list[list[Part]] = [[]] if parts else []
    for part in parts:
        if part is None:
            sections.append([])
        else:
            sections[-1].append(part)
    return [_tests(section) for section in sections]


def _tidied(names: Sequence[str]) -> list[str]:
    """The parts with neighbouring `**` made one and `..` cancelled against the part before it."""
    kept: list[str] = []
    for name in names:
        before = kept[-1] if kept else ""
        if name == "**" and before == "**":
            continue
        if name == ".." and before not in ("", ".", "..", "**"):
            kept.pop()
        else:
            kept.append(name)
    return kept or [""]
