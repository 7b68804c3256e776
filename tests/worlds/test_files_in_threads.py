"""What threads store of a tree never disturbs what others store, digest or fork of it meanwhile."""

import errno
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from tests.worlds.trees import tree_at
from worlds.blobs import FolderBlobs, MemoryBlobs
from worlds.parts.filesystem import FileTree
from worlds.parts.filesystem.node import Directory
from worlds.parts.filesystem.sums import marks_sum

CHANGES = 45
"""More than a folder of five files is told as a difference after."""


class Interrupted(MemoryBlobs):
    """Blobs in which something happens as soon as something is put."""

    def __init__(self) -> None:
        super().__init__()
        self.then: Callable[[], object] = bool

    def put(self, data: bytes) -> str:
        then, self.then = self.then, bool
        then()
        return super().put(data)


def after(tree: FileTree, path: str, text: str) -> FileTree:
    """A fork of a tree in which a file was written."""
    later = tree.fork()
    later.write(path, text.encode(), now_ns=1)
    later.settle("agent")
    return later


def test_a_tree_can_be_stored_in_two_places_at_once() -> None:
    here, there = Interrupted(), MemoryBlobs()
    first = tree_at(tree={f"{folder}/{number}": "x" for folder in "de" for number in range(5)})
    first.dump(here)
    first.dump(there)
    middle = first
    for number in range(CHANGES):
        middle = after(middle, f"/workspace/d/{number % 5}", str(number))
        if number >= CHANGES - 2:
            middle.dump(here)
    last = after(middle, "/workspace/e/0", "y")

    def elsewhere() -> None:
        middle.dump_since(first, there)
        middle.dump(there)

    here.then = elsewhere
    manifest = last.dump(here)

    assert FileTree.load(manifest, here).recomputed() == last.recomputed()


def test_marks_can_be_digested_by_two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = after(tree_at(tree={"a": "one"}), "/workspace/a", "two")
    others = [Thread(target=tree.marks_digest)]

    def slowly(top: Directory) -> object:
        while others:
            other = others.pop()
            other.start()
            other.join()
        return marks_sum(top)

    monkeypatch.setattr("worlds.parts.filesystem.base.marks_sum", slowly)

    assert tree.marks_digest() == tree.recomputed()[1]
    assert tree.fork().marks_digest() == tree.recomputed()[1]


def test_what_finds_no_room_on_the_disk_leaves_nothing_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs, whole = FolderBlobs(tmp_path), Path.write_bytes

    def torn(path: Path, data: bytes) -> int:
        whole(path, data[:3])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", torn)
        with pytest.raises(OSError, match="No space"):
            blobs.put(b"a long text")

    assert list(tmp_path.iterdir()) == []
    assert blobs.get(blobs.put(b"a long text")) == b"a long text"
