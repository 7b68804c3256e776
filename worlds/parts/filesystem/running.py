"""Running sums: content is summed at every step; marks are noted, and summed when somebody asks."""

from collections.abc import Iterable
from typing import Final, TypeAlias

import immutables

from worlds.digest import SetSum, minus, plus
from worlds.parts.filesystem.compare import Difference, relative
from worlds.parts.filesystem.node import Directory, File, Node, at
from worlds.parts.filesystem.sums import Marks, content_weight, marks_of, marks_weight

Unsummed: TypeAlias = "immutables.Map[str, Marks]"
"""Paths whose marks changed since the marks were summed, with the marks that are in the sum."""

ALL_SUMMED: Final[Unsummed] = immutables.Map()


def content_after(total: SetSum, found: Iterable[Difference], root: str) -> SetSum:
    """The content sum after some differences of content."""
    for path, old, new in found:
        member = below(path, root)
        if old is not None:
            total = minus(total, _weight(member, old))
        if new is not None:
            total = plus(total, _weight(member, new))
    return total


def noted(unsummed: Unsummed, found: Iterable[Difference]) -> Unsummed:
    """What is left to sum after some differences."""
    for path, old, new in found:
        before = marks_of(old)
        if before != marks_of(new) and path not in unsummed:
            unsummed = unsummed.set(path, before)
    return unsummed


def marks_after(total: SetSum, unsummed: Unsummed, tree: Directory, root: str) -> SetSum:
    """The marks sum of a tree, from a sum and what is left to sum."""
    for path, before in unsummed.items():
        member, after = below(path, root), marks_of(at(tree, relative(path, root)))
        if before is not None:
            total = minus(total, marks_weight(member, before))
        if after is not None:
            total = plus(total, marks_weight(member, after))
    return total


def _weight(member: str, node: Node) -> int:
    """The content weight, remembered by files: what changed once tends to change again, in this tree or in a fork."""
    if type(node) is not File:
        return content_weight(member, node)
    if node.weight is None or node.weight[0] != member:
        node.weight = (member, content_weight(member, node))
    return node.weight[1]


def below(path: str, root: str) -> str:
    """A path as a member of the sums: without the root, which itself is the empty text."""
    if path == root:
        return ""
    return path if root == "/" else path[len(root) :]
