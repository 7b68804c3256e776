"""Who touched which path since a part's first state."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias, final

import immutables

from worlds.changes import Actor
from worlds.trail import Memo, extended

Touches: TypeAlias = tuple[tuple[Actor, str], ...]
"""Actors in the order of their first touch, each with the stamp of its latest."""


@final
class Blame:
    """An immutable map of paths to touches, and where it is stored."""

    __slots__ = ("by_path", "saved")

    def __init__(self, by_path: "immutables.Map[str, Touches]", saved: Memo = None) -> None:
        self.by_path = by_path
        self.saved = saved

    def after(self, paths: Iterable[str], actor: Actor, stamp: str) -> "Blame":
        """The blame after an effect of one actor on some paths."""
        by_path = self.by_path
        # the empty blame is shared by all trees: whether another one stored it must not show in what is stored
        saved = self.saved if by_path else None
        for path in paths:
            saved = saved if saved is None else extended(saved, by_path, path)
            by_path = by_path.set(path, _latest(by_path.get(path, ()), actor, stamp))
        return Blame(by_path, saved)

    def paths_apart(self, other: "Blame") -> list[str]:
        """The paths that were touched in one of two states that were forked from one another, but not in both."""
        mine, theirs = self.by_path, other.by_path
        ours = [path for path, touches in mine.items() if theirs.get(path) is not touches]
        return ours + [path for path in theirs if path not in mine]

    def actors_apart(self, other: "Blame", path: str) -> tuple[Actor, ...]:
        """Who touched a path in either of two states but not in both, in the order of their first touch."""
        mine, theirs = self.by_path.get(path, ()), other.by_path.get(path, ())
        apart = [*(t for t in mine if t not in theirs), *(t for t in theirs if t not in mine)]
        return tuple(dict.fromkeys(actor for actor, _ in apart or (*mine, *theirs)))


NOBODY: Final = Blame(immutables.Map())


def _latest(touches: Touches, actor: Actor, stamp: str) -> Touches:
    if not touches or (len(touches) == 1 and touches[0][0] == actor):
        return ((actor, stamp),)
    latest: Mapping[Actor, str] = {**dict(touches), actor: stamp}
    return tuple(latest.items())
