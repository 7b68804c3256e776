"""The calls that look at a virtual tree and change nothing."""

import posixpath
from dataclasses import dataclass
from typing import NamedTuple

from worlds.parts.filesystem.errors import FileError
from worlds.parts.filesystem.node import Directory, File, Link, Node
from worlds.parts.filesystem.skeleton import MOUNT, Site, site
from worlds.parts.filesystem.stat import Stat
from worlds.parts.filesystem.walk import READ, SEARCH, Ending, Spot, allowed, refuse_long, walk


@dataclass(frozen=True, slots=True)
class Place:
    """What never changes about a tree: its root, the host around it, and its quota (None: no limit)."""

    root: str
    site: Site
    bytes_max: int | None
    files_max: int | None


class State(NamedTuple):
    """A tree with what is counted along: bytes in files, number of nodes, and the number of the next node."""

    tree: Directory
    size: int
    files: int
    next_inode: int


def place(root: str, *, bytes_max: int | None = None, files_max: int | None = None) -> Place:
    """The place of a tree whose root is an absolute path; slashes too many are dropped."""
    names = [name for name in root.split("/") if name]
    return Place("/" + "/".join(names), site(names), bytes_max, files_max)


def plain_path(path: str) -> str:
    """An absolute path without `.`, `..` and slashes too many, by its words alone."""
    return "/" + posixpath.normpath(path).lstrip("/")


class FileReads:
    """A file tree as a process sees it that owns everything in it and nothing of the host.

    Every path is an absolute POSIX path as an OS call would get it (`.`, `..`, `//` and trailing slashes included).
    All methods raise FileError with the name that Linux would give a process that is not root.
    """

    __slots__ = ("_now", "_place")

    _place: Place
    _now: State

    @property
    def root(self) -> str:
        """The absolute path of the tree, without a trailing slash (except `/`)."""
        return self._place.root

    @property
    def used(self) -> tuple[int, int]:
        """What the quota counts: bytes in files, and the number of files, directories and links, root included."""
        return self._now.size, self._now.files

    def inside(self, path: str) -> bool:
        """Whether an absolute path is the root or lies below it, by its words alone (links are not followed)."""
        plain = plain_path(path)
        return path.startswith("/") and (plain == self.root or plain.startswith(self.root.rstrip("/") + "/"))

    def lstat(self, path: str) -> Stat:
        """What is at the path; a link at its end is not followed."""
        return self._node(path, Ending.KEEP).stat()

    def stat(self, path: str) -> Stat:
        """What is at the path, links followed."""
        return self._node(path).stat()

    def realpath(self, path: str) -> str:
        """The path without links, `.` and `..`; it may lie outside the root."""
        return self._found(path, Ending.RESOLVE).path()

    def readlink(self, path: str) -> str:
        """Where a link points, as written. EINVAL for anything else."""
        node = self._node(path, Ending.KEEP)
        if type(node) is not Link:
            raise FileError("EINVAL", path)
        return node.target

    def read(self, path: str) -> bytes:
        """The content of a file."""
        spot = self._found(path)
        self._demand(spot, READ, path)
        if type(spot.node) is not File:
            raise FileError("EISDIR", path)
        return spot.node.data

    def names(self, path: str) -> list[str]:
        """The names in a directory, in byte order of their UTF-8 (which is the order of code points)."""
        return sorted(self._folder(path, READ).entries)

    def scan(self, path: str) -> list[tuple[str, Stat]]:
        """The entries of a directory as `lstat` shows them, in byte order of their names."""
        entries = self._folder(path, READ | SEARCH).entries
        return [(name, self._mounted(entries[name]).stat()) for name in sorted(entries)]

    def _folder(self, path: str, bits: int) -> Directory:
        spot = self._found(path)
        if type(spot.node) is not Directory:
            raise FileError("ENOTDIR", path)
        self._demand(spot, bits, path)
        return spot.node

    def _node(self, path: str, ending: Ending = Ending.FOLLOW) -> Node:
        node = self._found(path, ending).node
        assert node is not None
        return node

    def _found(self, path: str, ending: Ending = Ending.FOLLOW) -> Spot:
        if ending is Ending.KEEP and path.endswith("/"):
            ending = Ending.FOLLOW
        spot = self._end(path) if ending is Ending.KEEP else self._walk(path, ending)
        if spot.node is None:
            raise FileError("ENOENT", path)
        if spot.slash and type(spot.node) is not Directory:
            raise FileError("ENOTDIR", path)
        return spot

    def _walk(self, path: str, ending: Ending) -> Spot:
        return walk(self._place.site, self._now.tree, path, ending)

    def _end(self, path: str) -> Spot:
        """The end of a path as it is, a link not followed, under a name that can be looked up."""
        spot = self._walk(path, Ending.KEEP)
        refuse_long(spot.name, path)
        return spot

    def _owns(self, spot: Spot) -> bool:
        return spot.own or spot.node is self._now.tree

    def _demand(self, spot: Spot, bits: int, path: str) -> None:
        if spot.node is None or not allowed(spot.node, bits, own=self._owns(spot)):
            raise FileError("EACCES", path)

    def _mounted(self, node: Node) -> Node:
        return self._now.tree if node is MOUNT else node
