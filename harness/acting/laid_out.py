"""Lay a virtual file tree out in a folder of the host, and remember what was laid there."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from worlds.parts.filesystem.listing import walk
from worlds.parts.filesystem.node import Directory, File, Link, Node
from worlds.parts.filesystem.tree import FileTree


class Stamp(NamedTuple):
    """What tells whether a file was touched; its owner cannot set back the last of them."""

    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int


@dataclass(frozen=True, slots=True)
class Laid:
    """What was laid out, by path below the folder (the folder itself is the empty path)."""

    nodes: Mapping[str, Node]
    stamps: Mapping[str, Stamp]


def laid_out(tree: FileTree, folder: Path) -> Laid:
    """Lay a tree out in a folder, which is made: bytes, modes, times and links as they are written.

    Raises OSError when the host has no room for it.
    """
    root = tree.root.rstrip("/")
    nodes = {path[len(root) + 1 :]: node for path, node in walk(tree.root, tree.node(tree.root))}
    nodes[""] = tree.node(tree.root)
    for path in sorted(nodes):  # a folder comes before what it holds
        _lay(folder / path, nodes[path])
    for path in sorted(nodes, reverse=True):
        _finish(folder / path, nodes[path])
    return Laid(nodes, {path: stamp(folder / path) for path in nodes})


def stamp(path: Path) -> Stamp:
    """The stamp of what lies at a path, a link not followed."""
    about = path.lstat()
    return Stamp(about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)


def _lay(path: Path, node: Node) -> None:
    if isinstance(node, Directory):
        path.mkdir(mode=0o700)
    elif isinstance(node, Link):
        path.symlink_to(node.target)
    else:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as opened:
            opened.write(node.data)


def _finish(path: Path, node: Node) -> None:
    """Set mode and time, once nothing is put into a folder any more."""
    if isinstance(node, File | Directory):
        path.chmod(node.mode)
    os.utime(path, ns=(node.mtime_ns, node.mtime_ns), follow_symlinks=False)
