"""Read a tree's directories from blobs, and refuse whatever could not have come from a file tree."""

from collections.abc import Mapping

from worlds.blame import NOBODY, Blame
from worlds.blobs import Blobs
from worlds.errors import ArchiveError
from worlds.parts.filesystem.errors import FileError
from worlds.parts.filesystem.manifests import (
    BlameManifest,
    Entry,
    FileEntry,
    FolderEntry,
    FolderManifest,
    LinkEntry,
    fetched,
)
from worlds.parts.filesystem.node import Directory, File, Link, Node, directory
from worlds.parts.filesystem.walk import NAME_BYTES_MAX, checked

Entries = Mapping[str, Entry]


def load(top: FolderEntry, next_inode: int, blobs: Blobs) -> Directory:
    """The directory that an entry describes, with all below it. Raises ArchiveError.

    No inode may occur twice, so no manifest with entries is used twice: a small archive cannot unfold without end.
    """
    inodes = {top.inode}
    order = [(top, _entries(top.address, blobs))]
    for _, entries in order:
        _take(inodes, entries)
        folders = [entry for entry in entries.values() if type(entry) is FolderEntry]
        order += [(entry, _entries(entry.address, blobs)) for entry in folders]
    if max(inodes) >= next_inode:
        raise ArchiveError("a file tree would give out an inode that is in use")
    made: dict[int, Directory] = {}
    for entry, entries in reversed(order):
        nodes = {name: _node(inside, made, blobs) for name, inside in entries.items()}
        made[id(entry)] = directory(nodes, entry.mode, entry.mtime_ns, entry.birth_ns, entry.inode)
    return made[id(top)]


def load_blame(address: str, blobs: Blobs) -> Blame:
    """Who touched what, as stored at an address. Raises ArchiveError."""
    manifest = fetched(address, blobs, BlameManifest)
    base = fetched(manifest.base, blobs, BlameManifest) if manifest.base else BlameManifest({})
    if base.base is not None:
        raise ArchiveError("a difference of blame refers to another difference")
    return Blame(NOBODY.by_path.update({**base.touches, **manifest.touches}))


def _take(inodes: set[int], entries: Entries) -> None:
    for name, entry in entries.items():
        if entry.inode in inodes:
            raise ArchiveError(f"two files of a tree have the inode {entry.inode}")
        inodes.add(entry.inode)
        _refuse_name(name)


def _entries(address: str, blobs: Blobs) -> Entries:
    """The entries that a manifest leads to; a base must be a full manifest."""
    manifest = fetched(address, blobs, FolderManifest)
    if manifest.base is None:
        base: Entries = {}
    else:
        full = fetched(manifest.base, blobs, FolderManifest)
        if full.base is not None or full.gone:
            raise ArchiveError("a directory's difference refers to another difference")
        base = full.entries
    if not set(manifest.gone) <= base.keys() or set(manifest.gone) & manifest.entries.keys():
        raise ArchiveError("a directory's difference removes what is not there")
    gone = set(manifest.gone)
    return {**{name: entry for name, entry in base.items() if name not in gone}, **manifest.entries}


def _node(entry: Entry, made: dict[int, Directory], blobs: Blobs) -> Node:
    if type(entry) is FileEntry:
        return File(blobs.get(entry.address), entry.mode, entry.mtime_ns, entry.birth_ns, entry.inode)
    if type(entry) is LinkEntry:
        _refuse_text(entry.target)
        return Link(entry.target, entry.mtime_ns, entry.birth_ns, entry.inode)
    return made.pop(id(entry))


def _refuse_name(name: str) -> None:
    _refuse_text(name)
    if name in ("", ".", "..") or "/" in name or len(name.encode()) > NAME_BYTES_MAX:
        raise ArchiveError(f"{name[:80]!r} cannot be the name of a file")


def _refuse_text(text: str) -> None:
    try:
        checked(text, text[:80])
    except FileError as error:
        raise ArchiveError(f"a file tree holds what no file system would: {error}") from None
