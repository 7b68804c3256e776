"""The shortest edit script between two lists of lines, with the ties broken as the `diff` npm package breaks them.

Greedy algorithm of Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), bounded at the edges of the grid:
a diagonal that has run out of the grid is not extended. Between two ways to a diagonal the one that is further in the
old text wins, on a tie the one that removes.
"""

from array import array
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from sandbox_server.aside import Steps
from sandbox_server.families.filesystem.portions import at_once, blocks

STEPS_MAX: Final = 3_000_000
"""Positions that are tried (about four seconds); texts that differ more than that are shown as replaced."""
STEPS_AT_ONCE: Final = 1_000
"""Positions that are tried before others get a turn (about a millisecond); a line that is followed counts as one."""
NO_TRAIL: Final = -1
_FOLLOWED_MAX: Final = 100
"""Lines that are followed one by one; what is longer is followed by the block."""

Kind = Literal[" ", "-", "+"]


class Run(NamedTuple):
    """Neighbouring lines that are kept, removed or added."""

    kind: Kind
    length: int


class _Trails:
    """Runs on the way to positions, each linked to the one before it, by number; numbers leave nothing to let go of
    one by one."""

    __slots__ = ("_before", "_kinds", "_lengths")

    def __init__(self) -> None:
        self._kinds: list[Kind] = []
        self._lengths = array("i")
        self._before = array("i")

    def add(self, kind: Kind, length: int, before: int) -> int:
        """One more run."""
        self._kinds.append(kind)
        self._lengths.append(length)
        self._before.append(before)
        return len(self._kinds) - 1

    def extended(self, kind: Kind, trail: int) -> int:
        """One more line of a kind after a trail."""
        if trail != NO_TRAIL and self._kinds[trail] == kind:
            return self.add(kind, self._lengths[trail] + 1, self._before[trail])
        return self.add(kind, 1, trail)

    def runs(self, trail: int) -> list[Run]:
        """The runs that led there, from the first on."""
        found = []
        while trail != NO_TRAIL:
            found.append(Run(self._kinds[trail], self._lengths[trail]))
            trail = self._before[trail]
        return found[::-1]


def edit_script(old: Sequence[str], new: Sequence[str]) -> list[Run]:
    """How the old lines become the new ones; equal texts give one run, empty ones none."""
    return at_once(edit_steps(old, new))


def edit_steps(old: Sequence[str], new: Sequence[str]) -> Steps[list[Run]]:
    """The same in portions."""
    same = yield from _followed(old, 0, new, 0)
    trails = _Trails()
    start = trails.add(" ", same, NO_TRAIL) if same else NO_TRAIL
    left_old, left_new = len(old) - same, len(new) - same
    if not left_old and not left_new:
        return trails.runs(start)
    end = yield from _search(old, new, same, trails)
    return trails.runs(_replaced(left_old, left_new, start, trails) if end is None else end)


def _followed(old: Sequence[str], old_at: int, new: Sequence[str], new_at: int) -> Steps[int]:
    """How many lines are the same from there on."""
    left = min(len(old) - old_at, len(new) - new_at)
    for block in blocks(left):
        yield
        mine, yours = (lines[at + block.start : at + block.stop] for lines, at in ((old, old_at), (new, new_at)))
        if mine != yours:
            same = [one == other for one, other in zip(mine, yours, strict=True)]
            return int(block.start) + same.index(False)
    return left


def _are_disjoint(old: Sequence[str], new: Sequence[str], start: int) -> Steps[bool]:
    """Whether two texts have no line in common from there on."""
    seen: set[str] = set()
    for block in blocks(len(old) - start):
        yield
        seen.update(old[start + block.start : start + block.stop])
    for block in blocks(len(new) - start):
        yield
        if not seen.isdisjoint(new[start + block.start : start + block.stop]):
            return False
    return True


def _replaced(removed: int, added: int, trail: int, trails: _Trails) -> int:
    """All removed, then all added: also what the search would find for texts without a common line."""
    trail = trails.add("-", removed, trail) if removed else trail
    return trails.add("+", added, trail) if added else trail


def _search(old: Sequence[str], new: Sequence[str], same: int, trails: _Trails) -> Steps[int | None]:
    """The trail to the end of both texts, or None when it is too long or there is nothing to find."""
    if (yield from _are_disjoint(old, new, same)):
        return None
    old_end, new_end = len(old), len(new)
    reached: dict[int, tuple[int, int]] = {0: (same, 0 if same else NO_TRAIL)}
    extended = trails.extended
    low, high, steps, pause = -old_end - new_end, old_end + new_end, 0, STEPS_AT_ONCE
    for edits in range(1, old_end + new_end + 1):
        diagonals = range(max(low, -edits), min(high, edits) + 1, 2)
        steps += len(diagonals)
        if steps > STEPS_MAX:
            return None
        for diagonal in diagonals:
            if pause < 0:
                yield
                pause = STEPS_AT_ONCE
            by_removing, by_adding = reached.pop(diagonal - 1, None), reached.get(diagonal + 1)
            can_add = by_adding is not None and 0 <= by_adding[0] - diagonal - 1 < new_end
            if by_removing is not None and by_removing[0] < old_end:
                if can_add and by_adding and by_removing[0] < by_adding[0]:
                    at, step = by_adding[0], extended("+", by_adding[1])
                else:
                    at, step = by_removing[0] + 1, extended("-", by_removing[1])
            elif can_add and by_adding:
                at, step = by_adding[0], extended("+", by_adding[1])
            else:
                reached.pop(diagonal, None)
                continue
            begun = at
            while at < old_end and at - diagonal < new_end and old[at] == new[at - diagonal]:
                at += 1
                if at - begun > _FOLLOWED_MAX:
                    at += yield from _followed(old, at, new, at - diagonal)
                    break
            pause -= 1 + at - begun
            step = trails.add(" ", at - begun, step) if at > begun else step
            if at >= old_end and at - diagonal >= new_end:
                return step
            reached[diagonal] = at, step
            high = min(high, diagonal - 1) if at >= old_end else high
            low = max(low, diagonal + 1) if at - diagonal >= new_end else low
    return None
