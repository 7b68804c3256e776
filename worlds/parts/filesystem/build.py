"""The first state of a file tree: a folder of the host copied in, and what a world file writes on top of it."""

from collections.abc import Mapping

from worlds.clock import parse_time
from worlds.errors import WorldError
from worlds.part import Ground
from worlds.parts.filesystem.copying import copied, source_folder
from worlds.parts.filesystem.draft import Draft, DraftFile, DraftFolder, DraftLink, grown
from worlds.parts.filesystem.node import storable, totals
from worlds.parts.filesystem.reading import State, place
from worlds.parts.filesystem.settings import FilesystemSettings, Item, Quota
from worlds.parts.filesystem.skeleton import FIRST_INODE
from worlds.parts.filesystem.tree import FileTree


def build(settings: FilesystemSettings, ground: Ground) -> FileTree:
    """The tree in its first state. Raises WorldError naming the path and what is wrong with it."""
    top = DraftFolder()
    if settings.from_ is not None:
        top = copied(source_folder(settings.from_, ground.folder), plain=settings.plain)
    lay(top, settings.tree)
    tree = grown(top, storable(ground.now_ns))
    size, files = totals(tree)
    _refuse_full(size, files, settings.quota)
    where = place(settings.root, bytes_max=settings.quota.bytes, files_max=settings.quota.files)
    return FileTree(where, State(tree, size, files, FIRST_INODE + files))


def lay(top: DraftFolder, items: Mapping[str, Item]) -> None:
    """Put the items of a world file into a draft, replacing files that are there and making folders on the way."""
    for path, item in sorted(items.items()):
        *folders, name = path.removesuffix("/").split("/")
        folder = top
        for step in folders:
            inside = folder.entries.setdefault(step, DraftFolder())
            if not isinstance(inside, DraftFolder):
                raise WorldError(f"tree: {path!r} would lie below {step!r}, which is not a folder")
            folder = inside
        _place(folder, name, item, path)


def _place(folder: DraftFolder, name: str, item: Item, path: str) -> None:
    there = folder.entries.get(name)
    if isinstance(there, DraftFolder) is not item.dir and there is not None:
        raise WorldError(f"tree: {path!r} is both a folder and something else")
    new = _draft(item)
    if isinstance(new, DraftFolder) and isinstance(there, DraftFolder):
        new.entries = there.entries
    folder.entries[name] = new


def _draft(item: Item) -> Draft:
    mtime_ns = None if item.mtime is None else parse_time(item.mtime)
    if item.symlink is not None:
        return DraftLink(item.symlink, mtime_ns)
    if item.dir:
        return DraftFolder(mode=int(item.mode or "755", 8), mtime_ns=mtime_ns)
    return DraftFile(item.data(), int(item.mode or "644", 8), mtime_ns)


def _refuse_full(size: int, files: int, quota: Quota) -> None:
    if quota.bytes is not None and size > quota.bytes:
        raise WorldError(f"quota: the files take {size} bytes, more than the {quota.bytes} allowed")
    if quota.files is not None and files > quota.files:
        raise WorldError(f"quota: there are {files} files and folders, more than the {quota.files} allowed")
