"""The shortest edit script between two lists of lines, with the ties broken as the `diff` npm package breaks them.

Greedy algorithm of Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), bounded at the edges of the grid:
a diagonal that has run out of the grid is not extended. Between two ways to a diagonal the one that is further in the
old text wins, on a tie the one that removes.
"""

from collections.abc import Generator, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias, TypeVar

STEPS_MAX: Final = 3_000_000
"""Positions that are tried (about four seconds); texts that differ more than that are shown as replaced."""
STEPS_AT_ONCE: Final = 1_000
"""Positions that are tried before others get a turn (about a millisecond); a line that is followed counts as one."""
T = TypeVar("T")
Steps: TypeAlias = Generator[bool, None, T]
"""Work in portions. It yields before each: True before one that is short, False before one that may be long."""

Kind = Literal[" ", "-", "+"]


class Run(NamedTuple):
    """Neighbouring lines that are kept, removed or added."""

    kind: Kind
    length: int


class _Trail(NamedTuple):
    """A run on the way to a position, linked to the runs before it."""

    kind: Kind
    length: int
    before: "_Trail | None"


def at_once(steps: Steps[T]) -> T:
    """What work comes to, done without a pause."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: T = end.value
            return found


def edit_script(old: Sequence[str], new: Sequence[str]) -> list[Run]:
    """How the old lines become the new ones; equal texts give one run, empty ones none."""
    return at_once(edit_steps(old, new))


def edit_steps(old: Sequence[str], new: Sequence[str]) -> Steps[list[Run]]:
    """The same in portions."""
    same = _common(old, new)
    start: _Trail | None = _Trail(" ", same, None) if same else None
    left_old, left_new = len(old) - same, len(new) - same
    if left_old or left_new:
        start = (yield from _search(old, new, same, start)) or _replaced(left_old, left_new, start)
    runs = []
    while start:
        runs.append(Run(start.kind, start.length))
        start = start.before
    return runs[::-1]


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    count = 0
    for mine, yours in zip(old, new, strict=False):
        if mine != yours:
            break
        count += 1
    return count


def _replaced(removed: int, added: int, trail: _Trail | None) -> _Trail | None:
    """All removed, then all added: also what the search would find for texts without a common line."""
    trail = _Trail("-", removed, trail) if removed else trail
    return _Trail("+", added, trail) if added else trail


def _search(old: Sequence[str], new: Sequence[str], same: int, trail: _Trail | None) -> Steps[_Trail | None]:
    """The trail to the end of both texts, or None when it is too long or there is nothing to find."""
    if set(old[same:]).isdisjoint(new[same:]):
        return None
    old_end, new_end = len(old), len(new)
    reached: dict[int, tuple[int, _Trail | None]] = {0: (same, trail)}
    low, high, steps, pause = -old_end - new_end, old_end + new_end, 0, STEPS_AT_ONCE
    for edits in range(1, old_end + new_end + 1):
        diagonals = range(max(low, -edits), min(high, edits) + 1, 2)
        steps += len(diagonals)
        if steps > STEPS_MAX:
            yield False
            return None
        for diagonal in diagonals:
            if pause < 0:
                yield True
                pause = STEPS_AT_ONCE
            by_removing, by_adding = reached.pop(diagonal - 1, None), reached.get(diagonal + 1)
            can_add = by_adding is not None and 0 <= by_adding[0] - diagonal - 1 < new_end
            if by_removing is not None and by_removing[0] < old_end:
                if can_add and by_adding and by_removing[0] < by_adding[0]:
                    at, step = by_adding[0], _extended("+", by_adding[1])
                else:
                    at, step = by_removing[0] + 1, _extended("-", by_removing[1])
            elif can_add and by_adding:
                at, step = by_adding[0], _extended("+", by_adding[1])
            else:
                reached.pop(diagonal, None)
                continue
            begun = at
            while at < old_end and at - diagonal < new_end and old[at] == new[at - diagonal]:
                at += 1
            pause -= 1 + at - begun
            step = _Trail(" ", at - begun, step) if at > begun else step
            if at >= old_end and at - diagonal >= new_end:
                yield False
                return step
            reached[diagonal] = at, step
            high = min(high, diagonal - 1) if at >= old_end else high
            low = max(low, diagonal + 1) if at - diagonal >= new_end else low
    return None


def _extended(kind: Kind, trail: _Trail | None) -> _Trail:
    if trail is not None and trail.kind == kind:
        return _Trail(kind, trail.length + 1, trail.before)
    return _Trail(kind, 1, trail)
