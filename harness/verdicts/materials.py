"""What a check's command works on: the files of a world in a folder of the host, and files the agent never saw.

Nothing in the folder leads out of it: a link that does is left out. Files that were added lie over the agent's,
whatever the agent put in their place.
"""

import errno
import os
import shutil
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Final

from harness.check import Ungradable
from harness.errors import HarnessError
from worlds.parts.filesystem import FileTree
from worlds.parts.filesystem.listing import walk
from worlds.parts.filesystem.node import Directory, File, Link, Node

USUALLY_WITHOUT = ("__pycache__", "*.pyc", "*.pth", "sitecustomize.py", "usercustomize.py")
"""Names that Python runs or believes without being asked to."""


_UNHOLDABLE: Final = {errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL}


class Unholdable(HarnessError):
    """A path that no folder of this host can hold, however much room there is."""

    code = "unholdable"

    def __init__(self, path: str, words: str) -> None:
        super().__init__(f"{path} cannot be laid out here: {words}")
        self.path = path


def lay_out(tree: FileTree, folder: Path, without: Sequence[str]) -> None:
    """Lay a tree out in an empty folder, without what is named so.

    Raises Ungradable where the host has no room for it or refuses it, and Unholdable for a path that it never takes.
    """
    left_out: set[str] = set()
    for path, node in walk(tree.root, tree.node(tree.root)):
        place = _below(path, tree.root)
        name = place.rpartition("/")[2]
        if place.rpartition("/")[0] in left_out or any(fnmatchcase(name, pattern) for pattern in without):
            left_out.add(place)
            continue
        try:
            _lay(folder, place, node, tree.root)
        except (OSError, ValueError) as error:
            raise _unheld(path, error) from None


def add(sources: Iterable[Path], folder: Path) -> None:
    """Put files over what lies in a folder: a folder's content by its paths, a file by its name. Raises Ungradable."""
    for source in sources:
        for path, place in files_of(source):
            try:
                _put(path, folder, place)
            except OSError as error:
                raise Ungradable(f"cannot add {path}: {error.strerror}") from None


def files_of(source: Path) -> list[tuple[Path, Path]]:
    """The files that adding a file or a folder adds, and where each is put."""
    if not source.is_dir():
        return [(source, Path(source.name))]
    files = sorted(path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return [(path, path.relative_to(source)) for path in files]


def _below(path: str, root: str) -> str:
    return path[len(root.rstrip("/")) + 1 :]


def _lay(folder: Path, place: str, node: Node, root: str) -> None:
    target = folder / place
    if isinstance(node, Directory):
        target.mkdir(exist_ok=not place)
    elif isinstance(node, File):
        target.write_bytes(node.data)
        target.chmod(0o755 if node.mode & 0o100 else 0o644)
        os.utime(target, ns=(node.mtime_ns, node.mtime_ns))
    else:
        _link(target, place, node, root)


def _link(target: Path, place: str, node: Link, root: str) -> None:
    """A link that stays inside, written relative to where it is; one that leaves is left out."""
    aimed = PurePosixPath("/", place).parent / node.target
    if node.target.startswith("/"):
        if node.target != root and not node.target.startswith(root.rstrip("/") + "/"):
            return
        aimed = PurePosixPath("/", _below(node.target, root))
    depth = 0
    for name in aimed.parts[1:]:
        depth += -1 if name == ".." else 1
        if depth < 0:
            return
    inside = os.path.normpath(str(aimed))
    target.symlink_to(os.path.relpath(inside, str(PurePosixPath("/", place).parent)))


def _put(source: Path, folder: Path, place: Path) -> None:
    """Copy a file to its place; whatever is in the way, links above all, goes first."""
    above = folder
    for name in place.parts[:-1]:
        above /= name
        if above.is_symlink() or (above.exists() and not above.is_dir()):
            above.unlink()
        above.mkdir(exist_ok=True)
    target = folder / place
    if target.is_symlink() or target.is_file():
        target.unlink()
    elif target.is_dir():
        shutil.rmtree(target)
    shutil.copyfile(source, target)
    target.chmod(0o755 if os.access(source, os.X_OK) else 0o644)


def _unheld(path: str, error: Exception) -> Ungradable | Unholdable:
    words = str(error.strerror) if isinstance(error, OSError) else str(error)
    if not isinstance(error, OSError) or error.errno in _UNHOLDABLE:
        return Unholdable(path, words)
    found = Ungradable(f"{path} cannot be laid out here: {words}")
    found.cause = "infrastructure"
    return found
