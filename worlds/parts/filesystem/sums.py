"""The two set sums of a directory: one over content, one over what can be observed but is not content."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from worlds.digest import EMPTY, entry, minus, plus
from worlds.parts.filesystem.node import Directory, File, Node, subtree
from worlds.parts.filesystem.trail import Sum, Trail


@dataclass(frozen=True, slots=True)
class Measure:
    """A set sum: the memo that keeps it, and what one entry weighs, given the seal of a directory's own sum."""

    memo: Literal["content", "marks"]
    weigh: Callable[[str, Node, bytes], int]


def content_weight(name: str, node: Node, below: bytes) -> int:
    """Name, kind, mode, and the hash of the bytes, the target, or the entries below."""
    if type(node) is File:
        return entry(b"f", node.mode.to_bytes(2, "big") + node.hash, name.encode())
    if type(node) is Directory:
        return entry(b"d", node.mode.to_bytes(2, "big") + below, name.encode())
    return entry(b"l", node.target.encode(), name.encode())


def marks_weight(name: str, node: Node, below: bytes) -> int:
    """Name, modification time, birth time and inode, and the same of the entries below."""
    return entry(marks_of(node) + below, name.encode())


def marks_of(node: Node) -> bytes:
    """Modification time, birth time and inode in a fixed width."""
    times = node.mtime_ns.to_bytes(8, "big", signed=True) + node.birth_ns.to_bytes(8, "big", signed=True)
    return times + node.inode.to_bytes(8, "big")


CONTENT: Final = Measure("content", content_weight)
MARKS: Final = Measure("marks", marks_weight)


def summed(top: Directory, measure: Measure) -> Sum:
    """The sum of a directory, worked out for it and all below it that have a trail or nothing yet."""
    memo = measure.memo
    known = getattr(top, memo)
    if type(known) is Sum:
        return known
    order = [top]
    for each in order:
        trail = getattr(each, memo)
        names = each.entries if trail is None else trail
        children = (each.entries.get(name) for name in names)
        order += [c for c in children if type(c) is Directory and type(getattr(c, memo)) is not Sum]
    for each in reversed(order):
        setattr(each, memo, _sum(each, getattr(each, memo), measure))
    result: Sum = getattr(top, memo)
    return result


def recomputed(top: Directory, measure: Measure) -> Sum:
    """The same from nothing: no memo is read or written, every byte is hashed again."""
    sums: dict[int, Sum] = {}
    for each in reversed(subtree(top)):
        total = EMPTY
        for name, node in each.entries.items():
            below = sums.pop(id(node)).seal if type(node) is Directory else b""
            total = plus(total, measure.weigh(name, _unhashed(node), below))
        sums[id(each)] = Sum(total)
    return sums[id(top)]


def _sum(directory: Directory, memo: "Sum | Trail[Sum] | None", measure: Measure) -> Sum:
    if type(memo) is Sum:
        return memo
    total = EMPTY
    entries = directory.entries
    if memo is None:
        for name, node in entries.items():
            total = plus(total, _weight(name, node, measure))
        return Sum(total)
    total = memo.figure.total
    for name in memo:
        before, after = memo.entries.get(name), entries.get(name)
        if before is after:
            continue
        total = total if before is None else minus(total, _weight(name, before, measure))
        total = total if after is None else plus(total, _weight(name, after, measure))
    return Sum(total)


def _weight(name: str, node: Node, measure: Measure) -> int:
    below = getattr(node, measure.memo).seal if type(node) is Directory else b""
    return measure.weigh(name, node, below)


def _unhashed(node: Node) -> Node:
    if type(node) is File:
        return File(node.data, node.mode, node.mtime_ns, node.birth_ns, node.inode)
    return node
