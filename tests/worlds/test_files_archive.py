"""A stored file tree comes back as it was, costs what changed, and is refused when it could not have been one."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.worlds.trees import tree_at
from worlds.blobs import FolderBlobs, MemoryBlobs
from worlds.errors import ArchiveError
from worlds.parts.filesystem import FilesystemBuilder, FileTree

Manifest = dict[str, Any]
ENTRY = {"a": "one", "d/b": "two", "d/e/": {}, "l": {"symlink": "d"}}


class CountingBlobs(MemoryBlobs):
    """Blobs that count how often something is put."""

    def __init__(self) -> None:
        super().__init__()
        self.puts = 0

    def put(self, data: bytes) -> str:
        self.puts += 1
        return super().put(data)


def stored(tree: FileTree) -> tuple[Manifest, MemoryBlobs]:
    blobs = MemoryBlobs()
    return json.loads(json.dumps(tree.dump(blobs))), blobs


def test_a_loaded_tree_is_the_same_and_goes_on_the_same(tmp_path: Any) -> None:
    tree = tree_at(tree=ENTRY, quota={"bytes": 100, "files": 50})
    tree.write("/workspace/new", b"x", now_ns=7)
    tree.settle("ida")
    blobs = FolderBlobs(tmp_path / "blobs")
    loaded = FilesystemBuilder().load(json.loads(json.dumps(tree.dump(blobs))), blobs)

    for each in (tree, loaded):
        each.write("/workspace/d/later", b"y", now_ns=9)
        each.settle("bo")
    assert (loaded.digest(), loaded.marks_digest()) == (tree.digest(), tree.marks_digest())
    assert loaded.scan("/workspace/d") == tree.scan("/workspace/d")
    assert (loaded.root, loaded.used) == (tree.root, tree.used)
    assert loaded.dump(MemoryBlobs())["blame"] == tree.dump(MemoryBlobs())["blame"]


def test_trees_loaded_apart_still_know_who_did_what() -> None:
    tree = tree_at(tree=ENTRY)
    first = stored(tree)
    tree.write("/workspace/a", b"x", now_ns=7)
    tree.settle("ida")
    last = stored(tree)

    (change,) = FileTree.load(*last).diff(FileTree.load(*first))
    assert (change.path, change.actors) == ("/workspace/a", ("ida",))


def test_storing_again_puts_only_what_changed() -> None:
    tree, blobs = tree_at(tree={f"d{n}/f{m}": f"{n} {m}" for n in range(10) for m in range(10)}), CountingBlobs()
    tree.dump(blobs)
    first = blobs.puts
    tree.dump(blobs)
    again = blobs.puts
    tree.fork().dump(blobs)
    tree.write("/workspace/d3/f3", b"new", now_ns=1)
    tree.settle("agent")
    changed = blobs.puts
    tree.dump(blobs)

    assert first == 100 + 10 + 1 + 1
    assert again == first
    assert changed == again
    assert blobs.puts - changed == 4, "a file, two directories and the blame"


def test_a_change_in_a_wide_directory_is_stored_as_a_difference() -> None:
    tree, blobs = tree_at(tree={f"f{n}": str(n) for n in range(2_000)}), MemoryBlobs()
    tree.dump(blobs)
    whole = sum(map(len, blobs.items.values()))
    for n in range(600):
        tree.write(f"/workspace/f{n}", b"x", now_ns=1)
        tree.remove(f"/workspace/f{n + 1000}", now_ns=1)
        tree.settle("agent")
        before = sum(map(len, blobs.items.values())) if n < 20 else 0
        manifest = tree.dump(blobs) if n < 20 or n > 590 else {}
        grown = sum(map(len, blobs.items.values())) - before
        assert n >= 20 or grown < whole / 10
    loaded = FileTree.load(manifest, blobs)

    assert loaded.recomputed() == (tree.digest(), tree.marks_digest())


def rewritten(manifest: Manifest, blobs: MemoryBlobs, change: Callable[[Manifest], object]) -> Manifest:
    """The manifest over a root directory that was changed by hand."""
    folder = json.loads(blobs.get(manifest["top"][-1]))
    change(folder)
    return {**manifest, "top": [*manifest["top"][:-1], blobs.put(json.dumps(folder).encode())]}


FILE = ["f", 420, 1, 1, 900_000, "0" * 64]
LINK = ["l", 1, 1, 900_000, "x"]


@pytest.mark.parametrize(
    "entries",
    [
        {"x/y": LINK},
        {"..": LINK},
        {".": LINK},
        {"": LINK},
        {"x\0": LINK},
        {"n" * 256: LINK},
        {"x": FILE},
        {"x": [*FILE[:5], "../../etc/passwd"]},
        {"x": ["f", -1, *FILE[2:]]},
        {"x": ["f", 0o10000, *FILE[2:]]},
        {"x": ["f", 420, 2**64, *FILE[3:]]},
        {"x": ["f", 420, 1.5, *FILE[3:]]},
        {"x": ["f", 420, 1, 1, 0, FILE[5]]},
        {"x": ["d", *FILE[1:]]},
        {"x": ["p", *FILE[1:]]},
        {"x": FILE[:4]},
        {"x": [*FILE, "more"]},
        {"x": {"kind": "file"}},
        {"x": None},
        {"x": ["l", 1, 1, 900_000, ""]},
        {"x": ["l", 1, 1, 900_000, "a\0"]},
        {"x": ["l", 1, 1, 900_000, "é" * 4000]},
        {"x": ["l", 1, 1, 131_073, "the root's own inode"]},
        {"x": LINK},
    ],
)
def test_entries_that_no_file_system_holds_are_refused(entries: Manifest) -> None:
    manifest, blobs = stored(tree_at(tree=ENTRY))
    hostile = rewritten(manifest, blobs, lambda folder: folder["entries"].update(entries))

    with pytest.raises(ArchiveError):
        FileTree.load({**hostile, "next_inode": 1_000_000}, blobs)


def test_a_lone_surrogate_in_a_stored_name_is_refused() -> None:
    manifest, blobs = stored(tree_at(tree={"abcd": "x"}))
    folder = blobs.get(manifest["top"][-1]).replace(b"abcd", b"\\ud800")
    hostile = {**manifest, "top": [*manifest["top"][:-1], blobs.put(folder)]}

    with pytest.raises(ArchiveError):
        FileTree.load(hostile, blobs)


def test_a_small_archive_cannot_unfold_without_end() -> None:
    manifest, blobs = stored(tree_at(tree={"a": ""}))
    address = manifest["top"][-1]
    for _ in range(64):
        twice = {name: ["d", 493, 1, 1, number, address] for number, name in enumerate(("x", "y"), 500_000)}
        address = blobs.put(json.dumps({"entries": twice}).encode())
    hostile = {**manifest, "top": [*manifest["top"][:-1], address], "next_inode": 1_000_000}

    with pytest.raises(ArchiveError, match="inode"):
        FileTree.load(hostile, blobs)


@pytest.mark.parametrize(
    "folder",
    [
        {"entries": {}, "base": "{self}"},
        {"entries": {}, "base": "0" * 64},
        {"entries": {}, "base": "{top}", "gone": ["never there"]},
        {"entries": {"a": LINK}, "base": "{top}", "gone": ["a"]},
        {"entries": {}, "gone": ["a"]},
        {"base": "{top}"},
        [],
        "text",
    ],
)
def test_differences_that_make_no_sense_are_refused(folder: Any) -> None:
    manifest, blobs = stored(tree_at(tree=ENTRY))
    top = manifest["top"][-1]
    delta = blobs.put(json.dumps({"entries": {}, "base": top}).encode())
    text = json.dumps(folder).replace("{top}", top).replace("{self}", delta)
    hostile = {**manifest, "top": [*manifest["top"][:-1], blobs.put(text.encode())], "next_inode": 1_000_000}

    with pytest.raises(ArchiveError):
        FileTree.load(hostile, blobs)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"root": "workspace"},
        {"root": "/a/../b"},
        {"root": "/a/"},
        {"root": "/a\0"},
        {"root": "/other"},
        {"bytes_max": -1},
        {"bytes_max": 5},
        {"next_inode": 131_074},
        {"next_inode": 900_000},
        {"base": "none"},
        {"blame": "0" * 64},
        {"digest": "0" * 64},
        {"marks_digest": "0" * 64},
        {"top": None},
        {"extra": 1},
    ],
)
def test_manifests_that_were_changed_are_refused(changes: Manifest) -> None:
    manifest, blobs = stored(tree_at(tree=ENTRY))

    with pytest.raises(ArchiveError):
        FileTree.load({**manifest, **changes}, blobs)


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 100_000, b"\xff", b"null", b'{"entries": 5}'])
def test_contents_that_are_missing_or_damaged_are_refused(data: bytes) -> None:
    manifest, blobs = stored(tree_at(tree=ENTRY))

    for address in list(blobs.items):
        damaged, missing = MemoryBlobs(), MemoryBlobs()
        damaged.items = {**blobs.items, address: data}
        missing.items = {key: value for key, value in blobs.items.items() if key != address}
        for each in (damaged, missing):
            with pytest.raises(ArchiveError):
                FileTree.load(manifest, each)
