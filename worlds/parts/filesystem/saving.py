"""Store a tree's directories in blobs: what is stored there already, at whatever depth, costs nothing again."""

from typing import Final
from weakref import WeakKeyDictionary

from worlds.blobs import Blobs
from worlds.parts.filesystem.manifests import Entry, FileEntry, FolderEntry, FolderManifest, LinkEntry, encoded
from worlds.parts.filesystem.node import Directory, File, Link, Node
from worlds.parts.filesystem.trail import Saved, Trail

_DELTA_MIN: Final = 32
_DELTA_SHARE: Final = 8
_STORED: Final[WeakKeyDictionary[Blobs, set[str]]] = WeakKeyDictionary()
"""Addresses of manifests that are in a store with all they lead to. Stores are append-only while they are used."""


def save(top: Directory, blobs: Blobs) -> str:
    """Store a directory with all below it and return the address of its manifest.

    Costs the entries that changed since the last time they went into the same blobs.
    """
    stored = _stored_in(blobs)
    order = [top]
    for each in order:
        names = _trail(each, stored) or each.entries
        nodes = (each.entries.get(name) for name in names)
        order += [node for node in nodes if type(node) is Directory and not _is_stored(node, stored)]
    for each in reversed(order):
        if not _is_stored(each, stored):
            each.saved = _save(each, blobs, stored)
            stored.add(each.saved.address)
    return folder_entry(top).address


def folder_entry(node: Directory) -> FolderEntry:
    """The entry of a directory that is stored."""
    assert type(node.saved) is Saved
    return FolderEntry(node.mode, node.mtime_ns, node.birth_ns, node.inode, node.saved.address)


def _save(directory: Directory, blobs: Blobs, stored: set[str]) -> Saved:
    entries, trail = directory.entries, _trail(directory, stored)
    names = entries if trail is None else [name for name in trail if trail.entries.get(name) is not entries.get(name)]
    written = {name: _entry(entries[name], blobs) for name in names if name in entries}
    if trail is None:
        return Saved(blobs.put(encoded(FolderManifest(written))))
    gone = sorted(name for name in names if name not in entries)
    return Saved(blobs.put(encoded(FolderManifest(written, trail.address, gone))), trail)


def _trail(directory: Directory, stored: set[str]) -> Trail | None:
    """The trail from a stored full manifest, while a delta to it is worth its name."""
    trail = directory.saved.trail if directory.saved else None
    if trail is None or trail.address not in stored:
        return None
    return trail if trail.count <= _DELTA_MIN + len(directory.entries) // _DELTA_SHARE else None


def _stored_in(blobs: Blobs) -> set[str]:
    """What is known to be in a store; nothing is for one that cannot be recognised again."""
    try:
        return _STORED.setdefault(blobs, set())
    except TypeError:
        return set()


def _is_stored(directory: Directory, stored: set[str]) -> bool:
    return type(directory.saved) is Saved and directory.saved.address in stored


def _entry(node: Node, blobs: Blobs) -> Entry:
    if type(node) is File:
        return FileEntry(node.mode, node.mtime_ns, node.birth_ns, node.inode, blobs.put(node.data))
    if type(node) is Link:
        return LinkEntry(node.mtime_ns, node.birth_ns, node.inode, node.target)
    assert type(node) is Directory
    return folder_entry(node)
