"""The calls that change a virtual tree: each does all that it should, or raises and changes nothing."""

import re
from bisect import bisect

from worlds.parts.filesystem.errors import FileError
from worlds.parts.filesystem.node import NOTHING, Directory, File, Link, Node, replaced, storable, totals, way
from worlds.parts.filesystem.reading import FileReads, Place, State
from worlds.parts.filesystem.walk import SEARCH, WRITE, Ending, Spot, allowed, checked, refuse_long

_STEP = re.compile(r"[^/]+")
_MODE_BITS = 0o7777


class FileWrites(FileReads):
    """A tree that can be changed; `_touched` holds the paths that may differ since the last settling.

    Its values tell whether the node itself was put there or taken away (True), or only its marks were set (False).
    """

    __slots__ = ("_touched",)

    def __init__(self, place: Place, state: State) -> None:
        self._place = place
        self._now = state
        self._touched: dict[str, bool] = {}

    def write(self, path: str, data: bytes, *, now_ns: int, mode: int | None = None, exclusive: bool = False) -> None:
        """Create a file, or replace the content of one in place (inode, mode and birth time stay).

        `mode` is what a new file gets (644 when absent). A full quota changes nothing. A link that leads to nothing
        has its target created, unless `exclusive`, which refuses whatever is there with EEXIST.
        """
        spot = self._walk(path, Ending.KEEP if exclusive else Ending.CREATE)
        node = spot.node
        if spot.slash and not spot.special:
            raise FileError("EISDIR", path)
        refuse_long(spot.name, path)
        if exclusive and node is not None:
            raise FileError("EEXIST", path)
        if node is None:
            bits = 0o644 if mode is None else mode & _MODE_BITS
            time_ns = storable(now_ns)
            self._create(spot, File(bytes(data), bits, time_ns, time_ns, self._now.next_inode), path, time_ns)
        elif type(node) is File:
            self._overwrite(spot, node, bytes(data), path, storable(now_ns))
        else:
            raise FileError("EISDIR", path)

    def symlink(self, target: str, path: str, *, now_ns: int) -> None:
        """Make a link at `path` that says `target`."""
        checked(target, path)
        spot = self._end(path)
        if spot.node is not None:
            raise FileError("EEXIST", path)
        if spot.slash or not target:
            raise FileError("ENOENT", path)
        time_ns = storable(now_ns)
        self._create(spot, Link(target, time_ns, time_ns, self._now.next_inode), path, time_ns)

    def mkdir(self, path: str, *, now_ns: int, parents: bool = False, mode: int = 0o755) -> None:
        """Make a directory; with `parents` also those above it (755), and then an existing one is no error.

        All are made or none. A path that goes up by `..` from what is missing is ENOENT.
        """
        if parents:
            missing = self._missing(path)
            if not missing:
                return
            spot, below = self._end(missing[0]), missing[1:]
        else:
            spot, below = self._end(path), []
        if spot.node is not None:
            raise FileError("EEXIST", path)
        time_ns = storable(now_ns)
        new = self._chain(below, mode & _MODE_BITS, time_ns)
        self._create(spot, new, path, time_ns, files=1 + len(below))

    def rename(self, source: str, target: str, *, now_ns: int) -> None:
        """Move a file, directory or link (itself, not its target), replacing a file or an empty directory."""
        old, new = self._walk(source, Ending.KEEP), self._walk(target, Ending.KEEP)
        if old.own != new.own:
            raise FileError("EXDEV", source)
        if old.special or new.special:
            raise FileError("EBUSY", source)
        if not old.own:
            raise FileError("EROFS", source)
        refuse_long(old.name, source)
        if old.node is None:
            raise FileError("ENOENT", source)
        refuse_long(new.name, target)
        _refuse_knot(old, new, source)
        if old.node is not new.node:
            _refuse_move(old, new, source)
            self._move(old, new, storable(now_ns))

    def remove(self, path: str, *, now_ns: int) -> None:
        """Remove a file or link. EISDIR for a directory."""
        spot = self._end(path)
        if spot.special:
            raise FileError("EISDIR", path)
        self._refuse_missing(spot, path)
        if spot.slash and type(spot.node) is not Directory:
            raise FileError("ENOTDIR", path)
        if not spot.slash:
            _refuse_sealed(spot, path)
        if type(spot.node) is Directory:
            raise FileError("EISDIR", path)
        self._drop(spot, storable(now_ns))

    def rmdir(self, path: str, *, now_ns: int) -> None:
        """Remove an empty directory."""
        spot = self._end(path)
        if spot.special:
            raise FileError({".": "EINVAL", "..": "ENOTEMPTY", "/": "EBUSY"}[spot.name], path)
        self._refuse_missing(spot, path)
        _refuse_sealed(spot, path)
        if type(spot.node) is not Directory:
            raise FileError("ENOTDIR", path)
        if spot.node.entries:
            raise FileError("ENOTEMPTY", path)
        self._drop(spot, storable(now_ns))

    def discard(self, path: str, *, now_ns: int) -> None:
        """Remove whatever is at the path with all below it, permissions notwithstanding; a link goes alone."""
        spot = self._end(path)
        if spot.special or spot.node is self._now.tree:
            raise FileError("EBUSY", path)
        self._refuse_missing(spot, path)
        self._drop(spot, storable(now_ns))

    def chmod(self, path: str, mode: int) -> None:
        """Set permission bits, links followed."""
        spot = self._found(path)
        assert spot.node is not None
        self._mark(spot, mode & _MODE_BITS, spot.node.mtime_ns, path)

    def utime(self, path: str, mtime_ns: int) -> None:
        """Set the modification time, links followed. EINVAL for one that does not fit in 64 bits."""
        spot = self._found(path)
        if mtime_ns != storable(mtime_ns):
            raise FileError("EINVAL", path)
        assert spot.node is not None and type(spot.node) is not Link
        self._mark(spot, spot.node.mode, mtime_ns, path)

    def _missing(self, path: str) -> list[str]:
        """The path of the first directory that is missing on the way, and the names below it; empty if all is there.

        Raises FileError for what is there and no directory.
        """
        ends = [match.end() for match in _STEP.finditer(path)] if path.startswith("/") else [len(path)]
        present = bisect(ends, 0, key=lambda end: self._kind(path[:end]) is None)
        if present == len(ends):
            if self._kind(path) != "dir":
                raise FileError("EEXIST", path)
            return []
        names = [name for name in path[ends[present] :].split("/") if name and name != "."]
        if ".." in names:
            raise FileError("ENOENT", path)
        for name in names:
            refuse_long(name, path)
        return [path[: ends[present]], *names]

    def _kind(self, path: str) -> str | None:
        try:
            return self.stat(path).kind
        except FileError as error:
            if error.errno_name == "ENOENT":
                return None
            raise

    def _chain(self, names: list[str], mode: int, now_ns: int) -> Directory:
        """A directory that holds a directory, and so on by these names; the innermost has the mode."""
        number = self._now.next_inode + len(names)
        made = Directory(NOTHING, mode, now_ns, now_ns, number)
        for name in reversed(names):
            number -= 1
            made = Directory(NOTHING.set(name, made), 0o755, now_ns, now_ns, number, 1)
        return made

    def _create(self, spot: Spot, node: Node, path: str, now_ns: int, files: int = 1) -> None:
        if not spot.own:
            raise FileError("EROFS", path)
        _refuse_sealed(spot, path)
        size = len(node.data) if type(node) is File else 0
        self._refuse_full(size, files, path)
        self._put(spot, node, now_ns, size=size, files=files)

    def _overwrite(self, spot: Spot, node: File, data: bytes, path: str, now_ns: int) -> None:
        if not spot.own:
            raise FileError("EROFS", path)
        self._demand(spot, WRITE, path)
        grown = len(data) - len(node.data)
        self._refuse_full(grown, 0, path)
        self._put(spot, File(data, node.mode, now_ns, node.birth_ns, node.inode), None, size=grown)

    def _drop(self, spot: Spot, now_ns: int) -> None:
        assert spot.node is not None
        size, files = totals(spot.node)
        self._put(spot, None, now_ns, size=-size, files=-files)

    def _move(self, old: Spot, new: Spot, now_ns: int) -> None:
        size, files = totals(new.node) if new.node else (0, 0)
        self._put(old, None, now_ns)
        self._put(new, old.node, now_ns, size=-size, files=-files)

    def _mark(self, spot: Spot, mode: int, mtime_ns: int, path: str) -> None:
        if not self._owns(spot):
            raise FileError("EROFS", path)
        assert type(spot.node) is File or type(spot.node) is Directory
        whole = self._touched.get(spot.path(), False)
        self._put(spot, spot.node.marked(mode, mtime_ns), None)
        self._touched[spot.path()] = whole

    def _put(self, spot: Spot, node: Node | None, folder_ns: int | None, *, size: int = 0, files: int = 0) -> None:
        """Put a node (None: nothing) in its place; the directory around it gets the time, if one is given."""
        before, whole = self._now, spot.whole()
        tree = self._replaced(spot, whole, node, folder_ns)
        self._now = State(tree, before.size + size, before.files + files, before.next_inode + max(0, files))
        path = "/" + "/".join(whole)
        self._touched[path] = True
        if folder_ns is not None:
            self._touched.setdefault(path[: path.rindex("/")] or "/", False)

    def _replaced(self, spot: Spot, whole: list[str], node: Node | None, folder_ns: int | None) -> Directory:
        depth = len(self._place.site.names)
        names = whole[depth:]
        if not names:
            assert type(node) is Directory
            return node
        parents = spot.nodes[depth : depth + len(names)]
        if parents[0] is not self._now.tree:  # the spot was found before the first half of a move
            parents = way(self._now.tree, names)
        return replaced(parents, names, node, folder_ns)

    def _refuse_missing(self, spot: Spot, path: str) -> None:
        if not spot.own:
            raise FileError("EROFS", path)
        if spot.node is None:
            raise FileError("ENOENT", path)

    def _refuse_full(self, size: int, files: int, path: str) -> None:
        place, now = self._place, self._now
        if size > 0 and place.bytes_max is not None and now.size + size > place.bytes_max:
            raise FileError("ENOSPC", path)
        if files > 0 and place.files_max is not None and now.files + files > place.files_max:
            raise FileError("ENOSPC", path)


def _refuse_sealed(spot: Spot, path: str) -> None:
    """Refuse what needs to write into a directory that may not be written or searched."""
    if not allowed(spot.nodes[-1], WRITE | SEARCH, own=spot.own):
        raise FileError("EACCES", path)


def _refuse_knot(old: Spot, new: Spot, source: str) -> None:
    """Refuse to put a directory into itself, or over one that holds it, or to take a file for a directory."""
    if type(old.node) is not Directory and (old.slash or new.slash):
        raise FileError("ENOTDIR", source)
    if any(node is old.node for node in new.nodes):
        raise FileError("EINVAL", source)
    if any(node is new.node for node in old.nodes):
        raise FileError("ENOTEMPTY", source)


def _refuse_move(old: Spot, new: Spot, source: str) -> None:
    """Refuse what permissions forbid, and to replace one kind by another or a directory that holds something."""
    _refuse_sealed(old, source)
    _refuse_sealed(new, source)
    moved, there = type(old.node) is Directory, new.node
    if there is not None and moved is not (type(there) is Directory):
        raise FileError("ENOTDIR" if moved else "EISDIR", source)
    elsewhere = old.nodes[-1] is not new.nodes[-1]
    if elsewhere and type(old.node) is Directory and not allowed(old.node, WRITE, own=True):
        raise FileError("EACCES", source)
    if type(there) is Directory and there.entries:
        raise FileError("ENOTEMPTY", source)
