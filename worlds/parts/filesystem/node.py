"""The immutable nodes of a file tree: files, links and directories."""

from collections.abc import Sequence
from typing import Final, TypeAlias, final

import immutables

from worlds.digest import content_hash
from worlds.parts.filesystem.stat import Stat
from worlds.trail import Memo, extended

Entries: TypeAlias = "immutables.Map[str, Node]"

DIRECTORY_SIZE: Final = 4096
"""What `stat` says of a directory, however many entries it has: one block, as for small directories of ext4."""
_TIME_END_NS: Final = 2**63
LARGE_ENTRIES: Final = 300
LINK_MODE: Final = 0o777
NOTHING: Final[Entries] = immutables.Map()


@final
class File:
    """A regular file. Its bytes are hashed once, when that is first asked for."""

    __slots__ = ("_hash", "birth_ns", "data", "inode", "mode", "mtime_ns", "weight")

    def __init__(self, data: bytes, mode: int, mtime_ns: int, birth_ns: int, inode: int) -> None:
        self.data = data
        self.mode = mode
        self.mtime_ns = mtime_ns
        self.birth_ns = birth_ns
        self.inode = inode
        self._hash: bytes | None = None
        self.weight: tuple[str, int] | None = None

    @property
    def hash(self) -> bytes:
        """The content hash of the bytes."""
        if self._hash is None:
            self._hash = content_hash(self.data)
        return self._hash

    def marked(self, mode: int, mtime_ns: int) -> "File":
        """The same content with other marks."""
        file = File(self.data, mode, mtime_ns, self.birth_ns, self.inode)
        file._hash = self._hash
        return file

    def stat(self) -> Stat:
        """What `lstat` shows."""
        return Stat("file", self.mode, len(self.data), self.mtime_ns, self.birth_ns, self.inode, 1)


@final
class Link:
    """A symbolic link."""

    __slots__ = ("birth_ns", "inode", "mtime_ns", "target")

    def __init__(self, target: str, mtime_ns: int, birth_ns: int, inode: int) -> None:
        self.target = target
        self.mtime_ns = mtime_ns
        self.birth_ns = birth_ns
        self.inode = inode

    def stat(self) -> Stat:
        """What `lstat` shows: the size is that of the target's text, the mode always 777."""
        return Stat("link", LINK_MODE, len(self.target.encode()), self.mtime_ns, self.birth_ns, self.inode, 1)


@final
class Directory:
    """A directory: a persistent map of entries, how many of them are directories, and where it is stored."""

    __slots__ = ("birth_ns", "entries", "folders", "inode", "mode", "mtime_ns", "saved")

    def __init__(
        self,
        entries: Entries,
        mode: int,
        mtime_ns: int,
        birth_ns: int,
        inode: int,
        folders: int = 0,
        saved: Memo = None,
    ) -> None:
        self.entries = entries
        self.mode = mode
        self.mtime_ns = mtime_ns
        self.birth_ns = birth_ns
        self.inode = inode
        self.folders = folders
        self.saved = saved

    def having(self, name: str, node: "Node | None", mtime_ns: int) -> "Directory":
        """This directory with another node under a name (None: nothing)."""
        old = self.entries
        entries = old.set(name, node) if node is not None else old.delete(name)
        folders = self.folders + (type(node) is Directory) - (type(old.get(name)) is Directory)
        saved = self.saved if self.saved is None else extended(self.saved, old, name)
        return Directory(entries, self.mode, mtime_ns, self.birth_ns, self.inode, folders, saved)

    def marked(self, mode: int, mtime_ns: int) -> "Directory":
        """The same entries under other marks of the directory itself, which are stored above it."""
        return Directory(self.entries, mode, mtime_ns, self.birth_ns, self.inode, self.folders, self.saved)

    def stat(self) -> Stat:
        """What `lstat` shows; each folder in it links back to it."""
        links = 2 + self.folders
        return Stat("dir", self.mode, DIRECTORY_SIZE, self.mtime_ns, self.birth_ns, self.inode, links)


Node: TypeAlias = File | Link | Directory


def directory(entries: dict[str, Node], mode: int, mtime_ns: int, birth_ns: int, inode: int) -> Directory:
    """A directory with these entries, made at once."""
    folders = sum(type(node) is Directory for node in entries.values())
    return Directory(immutables.Map(entries), mode, mtime_ns, birth_ns, inode, folders)


def replaced(parents: Sequence[Directory], names: Sequence[str], node: Node | None, mtime_ns: int | None) -> Directory:
    """The first of some directories, each in the one before, with another node (None: nothing) in the last of them.

    Each has a name: that of the next one below, and the last that of the node. The directory around the node gets
    the time, if any.
    """
    time_ns = parents[-1].mtime_ns if mtime_ns is None else mtime_ns
    changed = parents[-1].having(names[-1], node, time_ns)
    for place in range(len(parents) - 2, -1, -1):
        parent = parents[place]
        changed = parent.having(names[place], changed, parent.mtime_ns)
    return changed


def storable(time_ns: int) -> int:
    """The nearest time that fits in 64 bits (the years 1678 to 2262), as file systems bound what they store."""
    return max(-_TIME_END_NS, min(time_ns, _TIME_END_NS - 1))


def way(top: Directory, names: Sequence[str]) -> list[Directory]:
    """The directories that hold a place, from the top down."""
    folders = [top]
    for name in names[:-1]:
        folder = folders[-1].entries[name]
        assert type(folder) is Directory
        folders.append(folder)
    return folders


def at(top: Directory, names: Sequence[str]) -> Node | None:
    """What lies where the names lead, or None."""
    node: Node | None = top
    for name in names:
        if type(node) is not Directory:
            return None
        node = node.entries.get(name)
    return node


def subtree(top: Directory) -> list[Directory]:
    """A directory and all directories below it, each after the one that holds it. Depth is not limited."""
    found = [top]
    for each in found:
        if each.folders:
            found.extend(node for node in each.entries.values() if type(node) is Directory)
    return found


def is_large(node: Node | None) -> bool:
    """Whether more than LARGE_ENTRIES lie below a node; no more are looked at than it takes to know."""
    if type(node) is not Directory:
        return False
    count, found = 0, [node]
    for each in found:
        count += len(each.entries)
        if count > LARGE_ENTRIES:
            return True
        if each.folders:
            found.extend(below for below in each.entries.values() if type(below) is Directory)
    return False


def totals(node: Node) -> tuple[int, int]:
    """(bytes in files, number of nodes) of a node and all below it: what a quota counts."""
    if type(node) is not Directory:
        return (len(node.data) if type(node) is File else 0), 1
    size, count = 0, 1
    for each in subtree(node):
        count += len(each.entries)
        size += sum(len(entry.data) for entry in each.entries.values() if type(entry) is File)
    return size, count
