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
    saving = _Saving(blobs)
    saving.look(top)
    for each, memo in saving.order:
        for name in _changed(each.entries, memo, saving.stored):
            node = each.entries.get(name)
            if type(node) is Directory:
                saving.look(node)
    for each, memo in reversed(saving.order):
        each.saved = saving.put(each, memo)
    return saving.folder_entry(top)


class _Saving:
    """One act of storing. Each memo is read once: a thread may store the same directories elsewhere meanwhile."""

    def __init__(self, blobs: Blobs) -> None:
        self.blobs = blobs
        self.stored = _stored_in(blobs)
        self.order: list[tuple[Directory, Memo]] = []
        """The directories that have to be written, each after the one that holds it, and their memos."""
        self._addresses: dict[int, str] = {}
        """By the identity of a directory, where it is in these blobs."""

    def look(self, folder: Directory) -> None:
        """See whether a directory has to be written."""
        memo = folder.saved
        if type(memo) is Saved and memo.address in self.stored:
            self._addresses[id(folder)] = memo.address
        else:
            self.order.append((folder, memo))

    def put(self, folder: Directory, memo: Memo) -> Saved:
        """Write a directory whose directories are stored; returns its new memo."""
        saved = self._written(folder.entries, memo)
        self._addresses[id(folder)] = saved.address
        self.stored.add(saved.address)
        return saved

    def _written(self, entries: Entries, memo: Memo) -> Saved:
        trail, names = _trail(entries, memo, self.stored), _changed(entries, memo, self.stored)
        written = {name: self._entry(entries[name]) for name in names if name in entries}
        if trail is None:
            return Saved(self.blobs.put(encoded(FolderManifest(written))))
        gone = sorted(name for name in names if name not in entries and name in trail.entries)
        return Saved(self.blobs.put(encoded(FolderManifest(written, trail.address, gone))), trail)

    def _entry(self, node: Node) -> Entry:
        if type(node) is File:
            return FileEntry(node.mode, node.mtime_ns, node.birth_ns, node.inode, self.blobs.put(node.data))
        if type(node) is Link:
            return LinkEntry(node.mtime_ns, node.birth_ns, node.inode, node.target)
        return self.folder_entry(node)

    def folder_entry(self, node: Directory) -> FolderEntry:
        """The entry of a directory that is stored."""
        return FolderEntry(node.mode, node.mtime_ns, node.birth_ns, node.inode, self._addresses[id(node)])


def save_blame(blame: Blame, blobs: Blobs) -> str:
    """Store who touched what and return the address. Costs the paths touched since, as `save` does."""
    stored, memo = _stored_in(blobs), blame.saved
    if type(memo) is Saved and memo.address in stored:
        return memo.address
    trail = _trail(blame.by_path, memo, stored)
    touches = {path: blame.by_path[path] for path in (blame.by_path if trail is None else trail)}
    address = blobs.put(encoded(BlameManifest(touches, trail.address if trail else None)))
    blame.saved = Saved(address, trail)
    stored.add(address)
    return address


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
