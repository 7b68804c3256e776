"""Store a tree's directories in blobs: what is stored there already, at whatever depth, costs nothing again."""

from collections.abc import Collection
from typing import Final
from weakref import WeakKeyDictionary

from worlds.blame import Blame
from worlds.blobs import Blobs
from worlds.parts.filesystem.manifests import (
    BlameManifest,
    Entry,
    FileEntry,
    FolderEntry,
    FolderManifest,
    LinkEntry,
    encoded,
)
from worlds.parts.filesystem.node import Directory, File, Link, Node
from worlds.trail import Entries, Memo, Saved, Trail, extended

_DELTA_MIN: Final = 32
_DELTA_SHARE: Final = 8
_STORED: Final[WeakKeyDictionary[Blobs, set[str]]] = WeakKeyDictionary()
"""Addresses of manifests that are in a store with all they lead to. Stores are append-only while they are used."""


def save(top: Directory, blobs: Blobs) -> FolderEntry:
    """Store a directory with all below it and return its entry.

    Costs the entries that changed since the last time they went into the same blobs.
    """
    stored = _stored_in(blobs)
    order = [] if _is_stored(top.saved, stored) else [top]
    for each in order:
        nodes = (each.entries.get(name) for name in _changed(each.entries, each.saved, stored))
        order += [node for node in nodes if type(node) is Directory and not _is_stored(node.saved, stored)]
    for each in reversed(order):
        if not _is_stored(each.saved, stored):
            each.saved = _save_folder(each, blobs, stored)
            stored.add(each.saved.address)
    return _folder_entry(top)


def save_blame(blame: Blame, blobs: Blobs) -> str:
    """Store who touched what and return the address. Costs the paths touched since, as `save` does."""
    stored = _stored_in(blobs)
    if not _is_stored(blame.saved, stored):
        trail = _trail(blame.by_path, blame.saved, stored)
        touches = {path: blame.by_path[path] for path in (blame.by_path if trail is None else trail)}
        manifest = BlameManifest(touches, trail.address if trail else None)
        blame.saved = Saved(blobs.put(encoded(manifest)), trail)
        stored.add(blame.saved.address)
    assert type(blame.saved) is Saved
    return blame.saved.address


def remember(older: tuple[Directory, Blame], newer: tuple[Directory, Blame], blobs: Blobs) -> None:
    """Let a tree and its blame know that an older state of both is stored, where they were made before it was.

    They would be stored as a whole otherwise. Costs the entries of the directories that differ.
    """
    stored = _stored_in(blobs)
    pairs = [(older[0], newer[0])]
    for before, now in pairs:
        if _is_known(now.entries, now.saved, stored):
            continue  # it was made in time, and so was all below it
        names = _apart(before.entries, now.entries)
        nodes = [(before.entries.get(name), now.entries.get(name)) for name in names]
        pairs += [(old, new) for old, new in nodes if type(old) is Directory and type(new) is Directory]
        now.saved = _led(before.saved, before.entries, names, stored) or now.saved
    then, blame = older[1], newer[1]
    if then.by_path and not _is_known(blame.by_path, blame.saved, stored):
        names = _apart(then.by_path, blame.by_path)
        if all(name in blame.by_path for name in names):
            blame.saved = _led(then.saved, then.by_path, names, stored) or blame.saved


def _is_known(entries: Entries, memo: Memo, stored: set[str]) -> bool:
    """Whether a map is stored, or leads to a version that is."""
    return _is_stored(memo, stored) or _trail(entries, memo, stored) is not None


def _apart(before: Entries, now: Entries) -> list[str]:
    """The names under which two maps hold different objects."""
    if before is now:
        return []
    names = [name for name, node in now.items() if before.get(name) is not node]
    return names + [name for name in before if name not in now]


def _led(memo: Memo, entries: Entries, names: list[str], stored: set[str]) -> Memo:
    """The memo of a map that differs in some names from the one with these entries and this memo, if that is stored."""
    if not names or not _is_stored(memo, stored):
        return None
    for name in names:
        memo = extended(memo, entries, name) if memo else None
    return memo


def _save_folder(folder: Directory, blobs: Blobs, stored: set[str]) -> Saved:
    entries, trail = folder.entries, _trail(folder.entries, folder.saved, stored)
    names = _changed(entries, folder.saved, stored)
    written = {name: _entry(entries[name], blobs) for name in names if name in entries}
    if trail is None:
        return Saved(blobs.put(encoded(FolderManifest(written))))
    gone = sorted(name for name in names if name not in entries and name in trail.entries)
    return Saved(blobs.put(encoded(FolderManifest(written, trail.address, gone))), trail)


def _changed(entries: Entries, memo: Memo, stored: set[str]) -> Collection[str]:
    """The names that have to be written: all of them, or those that differ from the version stored whole."""
    trail = _trail(entries, memo, stored)
    if trail is None:
        return entries
    return [name for name in trail if trail.entries.get(name) is not entries.get(name)]


def _trail(entries: Entries, memo: Memo, stored: set[str]) -> Trail | None:
    """The trail from a manifest stored whole, while a difference to it is worth its name."""
    trail = memo.trail if memo else None
    if trail is None or trail.address not in stored:
        return None
    return trail if trail.count <= _DELTA_MIN + len(entries) // _DELTA_SHARE else None


def _is_stored(memo: Memo, stored: set[str]) -> bool:
    return type(memo) is Saved and memo.address in stored


def _stored_in(blobs: Blobs) -> set[str]:
    """What is known to be in a store; nothing is for one that cannot be recognised again."""
    try:
        return _STORED.setdefault(blobs, set())
    except TypeError:
        return set()


def _folder_entry(node: Directory) -> FolderEntry:
    assert type(node.saved) is Saved
    return FolderEntry(node.mode, node.mtime_ns, node.birth_ns, node.inode, node.saved.address)


def _entry(node: Node, blobs: Blobs) -> Entry:
    if type(node) is File:
        return FileEntry(node.mode, node.mtime_ns, node.birth_ns, node.inode, blobs.put(node.data))
    if type(node) is Link:
        return LinkEntry(node.mtime_ns, node.birth_ns, node.inode, node.target)
    return _folder_entry(node)
