"""Who touched which path since a tree's first state."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

import immutables

from worlds.changes import Actor
from worlds.digest import content_hash
from worlds.parts.filesystem.node import Directory
from worlds.parts.filesystem.sums import CONTENT, summed

Touches: TypeAlias = tuple[tuple[Actor, str], ...]
"""Actors in the order of their first touch, each with the stamp of its latest."""
Blame: TypeAlias = "immutables.Map[str, Touches]"

NOBODY: Final[Blame] = immutables.Map()


class Base:
    """The first state of a tree: an identity that forks share, and its digest."""

    __slots__ = ("_digest", "_tree")

    def __init__(self, tree: Directory | None, digest: bytes | None = None) -> None:
        self._tree = tree
        self._digest = digest

    @property
    def digest(self) -> bytes:
        """The content digest of the first state, worked out when first asked for."""
        if self._digest is None:
            assert self._tree is not None
            self._digest, self._tree = content_digest(self._tree, summed(self._tree, CONTENT).seal), None
        return self._digest


def content_digest(tree: Directory, below: bytes) -> bytes:
    """The digest of a tree from its root's mode and the seal of its entries' sum."""
    return content_hash(b"files\0" + tree.mode.to_bytes(2, "big") + below)


def blamed(blame: Blame, paths: Iterable[str], actor: Actor, stamp: str) -> Blame:
    """The blame after an effect of one actor on some paths."""
    return blame.update({path: _touched(blame.get(path, ()), actor, stamp) for path in paths})


def actors_between(new: Blame, old: Blame, path: str) -> tuple[Actor, ...]:
    """Who touched a path in either of two states but not in both, in the order of their first touch."""
    mine, theirs = new.get(path, ()), old.get(path, ())
    apart = [*(t for t in mine if t not in theirs), *(t for t in theirs if t not in mine)]
    return tuple(dict.fromkeys(actor for actor, _ in apart or (*mine, *theirs)))


def manifest(blame: Blame) -> list[tuple[str, Touches]]:
    """The blame in path order, as JSON-like data."""
    return sorted(blame.items())


def _touched(touches: Touches, actor: Actor, stamp: str) -> Touches:
    if not touches:
        return ((actor, stamp),)
    latest: Mapping[Actor, str] = {**dict(touches), actor: stamp}
    return tuple(latest.items())
