"""A file tree is built from what a world file says, and says clearly what it cannot take."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.worlds.trees import NOW_NS, tree_at
from worlds.clock import parse_time
from worlds.errors import WorldError
from worlds.parts.filesystem import FilesystemSettings, FileTree

ENTRY: dict[str, Any] = {
    "root": "/workspace/",
    "tree": {
        "notes/a.txt": "text\n",
        "bin.dat": {"base64": "AP8Q\n"},
        "run.sh": {"text": "#!/bin/sh\n", "mode": 755, "mtime": "2024-02-29T12:00:00Z"},
        "link": {"symlink": "../elsewhere"},
        "void/": {},
        "blank/": None,
        "closed": {"dir": True, "mode": "700"},
    },
    "quota": {"bytes": 1000},
}


def rows(tree: FileTree) -> dict[str, tuple[Any, ...]]:
    return {row[0].removeprefix(tree.root): row[1:] for row in tree.relation_rows("files")}


def test_a_tree_holds_what_is_written() -> None:
    tree = tree_at(**ENTRY)

    assert tree.root == "/workspace"
    assert tree.names("/workspace") == ["bin.dat", "blank", "closed", "link", "notes", "run.sh", "void"]
    assert tree.read("/workspace/bin.dat") == b"\x00\xff\x10"
    assert tree.read("/workspace/notes/a.txt") == b"text\n"
    assert tree.readlink("/workspace/link") == "../elsewhere"
    assert {name: oct(tree.lstat(f"/workspace/{name}").mode) for name in ("run.sh", "closed", "notes", "bin.dat")} == {
        "run.sh": "0o755",
        "closed": "0o700",
        "notes": "0o755",
        "bin.dat": "0o644",
    }
    run, other = tree.stat("/workspace/run.sh"), tree.stat("/workspace/bin.dat")
    assert (run.mtime_ns, run.birth_ns) == (parse_time("2024-02-29T12:00:00Z"),) * 2
    assert (other.mtime_ns, other.birth_ns) == (NOW_NS, NOW_NS)


def test_settings_survive_json() -> None:
    settings = FilesystemSettings.model_validate(ENTRY)

    assert FilesystemSettings.model_validate(json.loads(settings.model_dump_json(by_alias=True))) == settings


def test_the_order_of_entries_makes_no_difference() -> None:
    entries = list(ENTRY["tree"].items())
    one, two = tree_at(tree=dict(entries)), tree_at(tree=dict(reversed(entries)))

    assert (one.digest(), one.marks_digest()) == (two.digest(), two.marks_digest())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "world"
    (home / "files" / "sub").mkdir(parents=True)
    (home / "files" / "a.txt").write_text("a")
    (home / "files" / "sub" / "run").write_text("r")
    (home / "files" / "sub" / "run").chmod(0o711)
    (home / "files" / "sub" / "secret").write_text("s")
    (home / "files" / "sub" / "secret").chmod(0o600)
    (home / "files" / "out").symlink_to(tmp_path)
    os.utime(home / "files" / "a.txt", ns=(5, 5_000_000_007))
    (tmp_path / "outside").write_text("never")
    return home


needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="needs modes and links")


@needs_posix
def test_a_plain_folder_is_copied_with_links_and_without_what_differs_between_machines(folder: Path) -> None:
    compiled = folder / "files" / "sub" / "__pycache__"  # installing a package does that to all Python in it
    compiled.mkdir()
    (compiled / "run.cpython-311.pyc").write_bytes(b"")

    tree = tree_at(folder=folder, plain=True, **{"from": "files/"})

    assert {path: row[:2] for path, row in rows(tree).items()} == {
        "": ("dir", "755"),
        "/a.txt": ("file", "644"),
        "/out": ("link", "777"),
        "/sub": ("dir", "755"),
        "/sub/run": ("file", "755"),
        "/sub/secret": ("file", "644"),
    }
    assert tree.readlink("/workspace/out") == str(folder.parent)
    assert {stat.mtime_ns for _, stat in tree.scan("/workspace")} == {NOW_NS}


@needs_posix
def test_modes_and_times_of_a_folder_are_kept(folder: Path) -> None:
    tree = tree_at(folder=folder, **{"from": "files"})

    assert tree.stat("/workspace/sub/secret").mode == 0o600
    assert tree.stat("/workspace/sub/run").mode == 0o711
    assert tree.stat("/workspace/a.txt").mtime_ns == 5_000_000_007
    assert tree.lstat("/workspace/out").mtime_ns == (folder / "files" / "out").lstat().st_mtime_ns


@needs_posix
def test_what_is_written_lies_on_top_of_what_is_copied(folder: Path) -> None:
    entry = {"a.txt": "mine", "sub/new": "n", "sub/": {"mode": "700"}, "out": "a file now"}
    tree = tree_at(folder=folder, tree=entry, **{"from": "files"})

    assert tree.read("/workspace/a.txt") == b"mine"
    assert tree.read("/workspace/out") == b"a file now"
    assert tree.names("/workspace/sub") == ["new", "run", "secret"]
    assert tree.stat("/workspace/sub").mode == 0o700


@needs_posix
@pytest.mark.parametrize("written", ["..", ".", "", "files/../..", "link", "/etc", "missing", "files/a.txt"])
def test_a_folder_that_is_missing_or_elsewhere_is_refused(folder: Path, written: str) -> None:
    (folder / "link").symlink_to(folder.parent)

    with pytest.raises(WorldError, match="from: "):
        tree_at(folder=folder, **{"from": written})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_file_is_refused(folder: Path) -> None:
    os.mkfifo(folder / "files" / "pipe")

    with pytest.raises(WorldError, match="'pipe' is neither a file nor a folder nor a link"):
        tree_at(folder=folder, **{"from": "files"})


@pytest.mark.skipif(sys.platform != "linux", reason="needs names that are not Unicode")
def test_names_that_are_not_unicode_are_refused(folder: Path) -> None:
    os.mkdir(os.fsencode(folder / "files") + b"/\xff")  # noqa: PTH102 - the name is bytes

    with pytest.raises(WorldError, match="cannot be copied"):
        tree_at(folder=folder, **{"from": "files"})


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ({"root": "workspace"}, "a root is an absolute path"),
        ({"root": "/a/../b"}, "neither . nor .."),
        ({"tree": {"/a": "x"}}, "relative to the root"),
        ({"tree": {"a//b": "x"}}, "relative to the root"),
        ({"tree": {"": "x"}}, "relative to the root"),
        ({"tree": {"../a": "x"}}, "neither . nor .."),
        ({"tree": {"a\0": "x"}}, "NUL"),
        ({"tree": {"n" * 256: "x"}}, "at most 255 bytes"),
        ({"tree": {"n/" * 2048: {}}}, "at most 4095 bytes"),
        ({"tree": {"a": 5}}, "give the content as text"),
        ({"tree": {"a": {"text": "x", "dir": True}}}, "exactly one of"),
        ({"tree": {"a": {}}}, "exactly one of"),
        ({"tree": {"a/": "x"}}, "a directory"),
        ({"tree": {"a": {"base64": "%"}}}, "not base64"),
        ({"tree": {"a": {"text": "x", "mode": "888"}}}, "octal digits"),
        ({"tree": {"a": {"text": "x", "mode": True}}}, "octal digits"),
        ({"tree": {"a": {"text": "x", "mtime": "soon"}}}, "'soon' is no time"),
        ({"tree": {"a": {"text": "x", "mtime": "3000-01-01"}}}, "1678 and 2262"),
        ({"tree": {"a": {"symlink": "b", "mode": "777"}}}, "no mode of its own"),
        ({"tree": {"a": {"symlink": "b\0"}}}, "NUL"),
        ({"tree": {"a": {"symlink": "b" * 4096}}}, "4095"),
        ({"tree": {"a": "\ud800"}}, "surrogate"),
        ({"quota": {"bytes": -1}}, "greater than or equal to 0"),
        ({"quota": {"size": 1}}, "Extra inputs"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_what_would(entry: dict[str, Any], wanted: str) -> None:
    with pytest.raises(ValidationError) as caught:
        FilesystemSettings.model_validate(entry)

    assert wanted in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ({"tree": {"a": "x", "a/b": "y"}}, "'a/b' would lie below 'a'"),
        ({"tree": {"a/b": "y", "a": "x"}}, "'a/b' would lie below 'a'"),
        ({"tree": {"a": "x", "a/": {}}}, "both a folder and something else"),
        ({"tree": {"a": "12345"}, "quota": {"bytes": 4}}, "5 bytes, more than the 4 allowed"),
        ({"tree": {"a/b": ""}, "quota": {"files": 2}}, "3 files and folders, more than the 2 allowed"),
    ],
)
def test_trees_that_cannot_be_are_refused(entry: dict[str, Any], wanted: str) -> None:
    with pytest.raises(WorldError) as caught:
        tree_at(**entry)

    assert wanted in str(caught.value)
