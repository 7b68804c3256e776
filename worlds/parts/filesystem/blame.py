"""Who touched which path since a tree's first state."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

import immutables

from worlds.changes import Actor

Touches: TypeAlias = tuple[tuple[Actor, str], ...]
"""Actors in the order of their first touch, each with the stamp of its latest."""
Blame: TypeAlias = "immutables.Map[str, Touches]"

NOBODY: Final[Blame] = immutables.Map()


def blamed(blame: Blame, paths: Iterable[str], actor: Actor, stamp: str) -> Blame:
    """The blame after an effect of one actor on some paths."""
    for path in paths:
        blame = blame.set(path, _touched(blame.get(path, ()), actor, stamp))
    return blame


def actors_between(new: Blame, old: Blame, path: str) -> tuple[Actor, ...]:
    """Who touched a path in either of two states but not in both, in the order of their first touch."""
    mine, theirs = new.get(path, ()), old.get(path, ())
    apart = [*(t for t in mine if t not in theirs), *(t for t in theirs if t not in mine)]
    return tuple(dict.fromkeys(actor for actor, _ in apart or (*mine, *theirs)))


def _touched(touches: Touches, actor: Actor, stamp: str) -> Touches:
    if not touches or (len(touches) == 1 and touches[0][0] == actor):
        return ((actor, stamp),)
    latest: Mapping[Actor, str] = {**dict(touches), actor: stamp}
    return tuple(latest.items())
