"""Brace expansion as Bash and the `brace-expansion` package have it: `{a,b}`, `{1..9..2}`, `{a..e}`, also nested."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

RESULTS_MAX: Final = 100_000
LENGTH_MAX: Final = 4_000_000
"""Characters in all results together."""
DEPTH_MAX: Final = 100
REWRITES_MAX: Final = 1_000
DIGITS_MAX: Final = 300
"""Digits of a number that count; more would be infinite in JavaScript."""
STEPS_MAX: Final = 2_000_000
"""Characters looked at and results built; what lies beyond stays literal."""

_BRACED: Final = re.compile(r"\{[^{\n\r\u2028\u2029]*\}")
_NUMBERS: Final = re.compile(r"-?[0-9]+\.\.-?[0-9]+(?:\.\.-?[0-9]+)?")
_LETTERS: Final = re.compile(r"[a-zA-Z]\.\.[a-zA-Z](?:\.\.-?[0-9]+)?")
_PADDED: Final = re.compile(r"-?0[0-9]")

_BACKSLASH, _OPEN, _CLOSE, _COMMA, _DOT = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3", "\ufdd4"
_HIDDEN: Final = (("\\\\", _BACKSLASH), ("\\{", _OPEN), ("\\}", _CLOSE), ("\\,", _COMMA), ("\\.", _DOT))
"""Escaped characters, and the noncharacters that stand for them meanwhile."""


def expand_braces(pattern: str) -> list[str]:
    """All texts that a pattern with braces stands for, in order; just the pattern when it has none."""
    if not _BRACED.search(pattern):
        return [pattern]
    if pattern.startswith("{}"):
        pattern = "\\{\\}" + pattern[2:]
    for written, hidden in _HIDDEN:
        pattern = pattern.replace(written, hidden)
    results = _Expansion().expand(pattern, 0, top=True)
    for written, hidden in _HIDDEN:
        results = [text.replace(hidden, written[1]) for text in results]
    return results


@dataclass(frozen=True, slots=True)
class _Group:
    """The leftmost braces of a text that belong together, and what stands before, in and after them."""

    before: str
    body: str
    after: str

    @property
    def whole(self) -> str:
        return f"{self.before}{{{self.body}}}"


class _Expansion:
    """One run, with what is left of its budget."""

    def __init__(self) -> None:
        self.steps = STEPS_MAX

    def expand(self, text: str, depth: int, *, top: bool = False) -> list[str]:
        """The expansions of a text whose escapes are hidden."""
        if depth > DEPTH_MAX:
            return [text]
        results, first, drop, rewrites = [""], True, False, 0
        while group := self._leftmost(text):
            text = group.after
            sequence = _NUMBERS.fullmatch(group.body) or _LETTERS.fullmatch(group.body)
            if group.before.endswith("$"):
                first, values, before = False, [""], group.whole
            elif sequence or "," in group.body:
                drop, first = (drop, False) if not first else (top and not sequence, False)
                values, before = self._values(group.body, depth, sequence=bool(sequence)), group.before
            elif rewrites < REWRITES_MAX and _comma_set_follows(group.after):
                text, top, rewrites = f"{group.whole[:-1]}{_CLOSE}{group.after}", True, rewrites + 1
                continue
            else:
                return self._combine(results, group.whole + group.after, [""], drop=drop)
            results = self._combine(results, before, values, drop=drop and not text)
            if not text:
                return results
        return self._combine(results, text, [""], drop=drop)

    def _values(self, body: str, depth: int, *, sequence: bool) -> list[str]:
        if sequence:
            return self._sequence(body)
        members = _members(body)
        if len(members) == 1:
            members = [f"{{{member}}}" for member in self.expand(members[0], depth + 1)]
            if len(members) == 1:
                return members
        return self._bounded(value for member in members for value in self.expand(member, depth + 1))

    def _sequence(self, body: str) -> list[str]:
        first, last, *step = body.split("..")
        start, end = _figure(first), _figure(last)
        stride = max(abs(_figure(step[0])), 1) if step else 1
        steps = range(start, end + 1, stride) if start <= end else range(start, end - 1, -stride)
        steps = steps[:RESULTS_MAX]
        self.steps -= len(steps)
        if first.isalpha():
            return [chr(code).replace("\\", "") for code in steps]
        if not any(_PADDED.match(part) for part in (first, last, *step)):
            return [str(number) for number in steps]
        width = max(len(first), len(last))
        return self._bounded(str(number).zfill(width) for number in steps)

    def _leftmost(self, text: str) -> _Group | None:
        self.steps -= len(text)
        if self.steps < 0:
            return None
        found: tuple[int, int] | None = None
        open_at: list[int] = []
        for match in re.finditer(r"[{}]", text):
            if match[0] == "{":
                open_at.append(match.start())
            elif open_at:
                start = open_at.pop()
                found = (start, match.start()) if found is None or start < found[0] else found
                if not open_at:
                    break
        return _Group(text[: found[0]], text[found[0] + 1 : found[1]], text[found[1] + 1 :]) if found else None

    def _combine(self, heads: list[str], before: str, values: list[str], *, drop: bool) -> list[str]:
        kept = self._bounded(
            text for head in heads for value in values if (text := f"{head}{before}{value}") or not drop
        )
        self.steps -= len(kept)
        return kept

    def _bounded(self, texts: Iterable[str]) -> list[str]:
        kept: list[str] = []
        size = 0
        for text in texts:
            size += len(text)
            if len(kept) >= RESULTS_MAX or size > LENGTH_MAX or self.steps < 0:
                break
            kept.append(text)
        return kept


def _comma_set_follows(text: str) -> bool:
    """Whether a comma that no comma follows has a closing brace after it in its line."""
    return any(_has_late_comma(line.rpartition("}")[0]) for line in re.split(r"[\n\r\u2028\u2029]", text))


def _has_late_comma(head: str) -> bool:
    return bool(re.search(r",(?!,)", head))


def _members(body: str) -> list[str]:
    """The parts of a body between commas that stand in no inner braces."""
    members, depth, start = [], 0, 0
    for match in re.finditer(r"[{},]", body):
        if match[0] == "," and not depth:
            members.append(body[start : match.start()])
            start = match.end()
        depth += (match[0] == "{") - (match[0] == "}")
    return [*members, body[start:]]


def _figure(text: str) -> int:
    return ord(text) if text.isalpha() else int(text[:DIGITS_MAX])
