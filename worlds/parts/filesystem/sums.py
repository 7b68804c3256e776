"""The two set sums of a tree: one over content, one over what can be observed but is not content.

A member is a path below the root with what lies there, so a change costs its own paths, at whatever depth. A renamed
directory costs the paths below it; the changes that it reports do as well.
"""

from collections.abc import Iterator
from typing import TypeAlias

from worlds.digest import EMPTY, SetSum, entry, plus
from worlds.parts.filesystem.node import Directory, File, Node

Marks: TypeAlias = tuple[int, int, int] | None
"""Modification time, birth time and inode; None where nothing is."""


def content_weight(path: str, node: Node) -> int:
    """The weight of a path with kind, mode, and the hash of the bytes or the target."""
    if type(node) is File:
        return entry(b"f", node.mode.to_bytes(2, "big") + node.hash, path.encode())
    if type(node) is Directory:
        return entry(b"d", node.mode.to_bytes(2, "big"), path.encode())
    return entry(b"l", node.target.encode(), path.encode())


def marks_weight(path: str, marks: tuple[int, int, int]) -> int:
    """The weight of a path with its times and inode."""
    return entry(b"".join(mark.to_bytes(8, "big", signed=True) for mark in marks), path.encode())


def marks_of(node: Node | None) -> Marks:
    """What the marks digest covers of one node."""
    return None if node is None else (node.mtime_ns, node.birth_ns, node.inode)


def members(top: Directory) -> Iterator[tuple[str, Node]]:
    """Every path below and including the root (which is "") with its node."""
    pending: list[tuple[str, Node]] = [("", top)]
    while pending:
        path, node = pending.pop()
        yield path, node
        if type(node) is Directory:
            pending += [(f"{path}/{name}", inside) for name, inside in node.entries.items()]


def content_sum(top: Directory, *, rehash: bool = False) -> SetSum:
    """The content sum of a tree from nothing; with `rehash` every byte is hashed again."""
    total = EMPTY
    for path, node in members(top):
        total = plus(total, content_weight(path, _unhashed(node) if rehash else node))
    return total


def marks_sum(top: Directory) -> SetSum:
    """The marks sum of a tree from nothing."""
    total = EMPTY
    for path, node in members(top):
        total = plus(total, marks_weight(path, (node.mtime_ns, node.birth_ns, node.inode)))
    return total


def _unhashed(node: Node) -> Node:
    return File(node.data, node.mode, 0, 0, 0) if type(node) is File else node
