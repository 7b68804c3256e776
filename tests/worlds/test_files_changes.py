"""Changes of files say what was and is there, and who did it; operations given as data change them as calls do."""

import subprocess
import sys
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from tests.worlds.trees import NOW_NS, tree_at
from worlds.chance import Chance
from worlds.changes import Change
from worlds.errors import WorldError
from worlds.part import Moment
from worlds.parts.filesystem import FileError, FileTree


def state(text: str, mode: str = "644") -> dict[str, Any]:
    sha = blake2b(text.encode(), digest_size=32).hexdigest()
    return {"kind": "file", "mode": mode, "size": len(text.encode()), "sha": sha, "text": text}


def told(changes: "list[Change] | tuple[Change, ...] | Any") -> list[tuple[str, str]]:
    return [(change.kind, change.path) for change in changes]


def do(tree: FileTree, operation: str, actor: str = "agenda", **arguments: Any) -> list[Change]:
    tree.perform(operation, arguments, Moment(NOW_NS + 1, actor, Chance(1)))
    return list(tree.settle(actor))


def test_a_change_shows_both_sides_and_its_actor() -> None:
    tree = tree_at(tree={"a": "one", "l": {"symlink": "a"}, "d/": {}})
    tree.write("/workspace/a", b"two", now_ns=1)
    tree.chmod("/workspace/d", 0o700)
    tree.remove("/workspace/l", now_ns=1)
    tree.write("/workspace/big", b"x" * 4097, now_ns=1)
    tree.write("/workspace/odd", b"\xff", now_ns=1, mode=0o600)
    changes = tree.settle("ida")

    hidden = {"kind": "file", "mode": "644", "size": 4097, "sha": blake2b(b"x" * 4097, digest_size=32).hexdigest()}
    odd = {"kind": "file", "mode": "600", "size": 1, "sha": blake2b(b"\xff", digest_size=32).hexdigest()}
    folder = {"kind": "dir", "mode": "755"}
    assert changes == [
        Change("/workspace/a", "changed", state("one"), state("two"), ("ida",)),
        Change("/workspace/big", "added", None, hidden, ("ida",)),
        Change("/workspace/d", "changed", folder, {**folder, "mode": "700"}, ("ida",)),
        Change("/workspace/l", "removed", {"kind": "link", "target": "a"}, None, ("ida",)),
        Change("/workspace/odd", "added", None, odd, ("ida",)),
    ]


def test_what_ends_as_it_began_is_no_change() -> None:
    tree = tree_at(tree={"a": "one"})
    first, digest, marks = tree.fork(), tree.digest(), tree.marks_digest()
    tree.write("/workspace/tmp", b"x", now_ns=1)
    tree.rename("/workspace/tmp", "/workspace/a", now_ns=2)
    tree.write("/workspace/a", b"one", now_ns=3)

    assert tree.settle("agent") == ()
    assert tree.diff(first) == ()
    assert tree.digest() == digest
    assert tree.marks_digest() != marks


def test_a_time_alone_is_a_mark_and_no_change() -> None:
    tree = tree_at(tree={"a": "one"})
    digest, marks = tree.digest(), tree.marks_digest()
    tree.utime("/workspace/a", 5)

    assert tree.settle("agent") == ()
    assert (tree.digest() == digest, tree.marks_digest() == marks) == (True, False)
    tree.utime("/workspace/a", NOW_NS)
    tree.settle("agent")
    assert tree.marks_digest() == marks


def test_a_renamed_directory_is_told_file_by_file() -> None:
    tree = tree_at(tree={"d/a": "1", "d/e/b": "2"})
    tree.rename("/workspace/d", "/workspace/f", now_ns=1)
    tree.write("/workspace/f/a", b"3", now_ns=1)
    changes = tree.settle("agent")

    assert told(changes) == [
        ("removed", "/workspace/d"),
        ("removed", "/workspace/d/a"),
        ("removed", "/workspace/d/e"),
        ("removed", "/workspace/d/e/b"),
        ("added", "/workspace/f"),
        ("added", "/workspace/f/a"),
        ("added", "/workspace/f/e"),
        ("added", "/workspace/f/e/b"),
    ]
    assert changes[5].after == state("3")


def test_a_diff_names_those_who_touched_a_path_since_the_older_state() -> None:
    tree = tree_at(tree={"a": "0", "b": "0"})
    first = tree.fork()
    do(tree, "write", "agenda", path="a", text="1")
    middle = tree.fork()
    do(tree, "write", "agent", path="a", text="2")
    do(tree, "write", "user", path="a", text="3")
    do(tree, "write", "agent", path="a", text="4")

    assert [change.actors for change in tree.diff(first)] == [("agenda", "agent", "user")]
    assert [change.actors for change in tree.diff(middle)] == [("agent", "user")]
    do(tree, "write", "user", path="a", text="0")
    assert tree.diff(first) == ()


def test_a_diff_of_two_branches_names_the_actors_of_both() -> None:
    one = tree_at(tree={"a": "0"})
    do(one, "write", "agenda", path="a", text="1")
    two = one.fork()
    do(one, "write", "ida", path="a", text="2")
    do(two, "write", "bo", path="a", text="3")

    assert [change.actors for change in one.diff(two)] == [("ida", "bo")]


def test_trees_of_different_origin_are_compared_without_actors() -> None:
    one, two = tree_at(tree={"a": "0"}), tree_at(tree={"a": "1", "b": "2"})
    do(two, "remove", "agent", path="b")

    assert one.diff(two) == [Change("/workspace/a", "changed", state("1"), state("0"), ())]


def test_operations_do_what_their_names_say() -> None:
    tree = tree_at(tree={"a": "1", "d/b": "2"})

    assert told(do(tree, "write", path="new/deep/x", text="é")) == [
        ("added", "/workspace/new"),
        ("added", "/workspace/new/deep"),
        ("added", "/workspace/new/deep/x"),
    ]
    assert do(tree, "append", path="/workspace/a", base64="AAE=")[0].after["size"] == 3
    assert told(do(tree, "append", path="log", text="first")) == [("added", "/workspace/log")]
    assert do(tree, "write", path="a", text="", mode="600")[0].after == state("", "600")
    assert told(do(tree, "move", path="a", to="moved/a"))[0] == ("removed", "/workspace/a")
    assert told(do(tree, "mkdir", path="m/n", mode=700)) == [("added", "/workspace/m"), ("added", "/workspace/m/n")]
    assert do(tree, "mkdir", path="m") == []
    assert do(tree, "symlink", path="l", target="d")[0].after == {"kind": "link", "target": "d"}
    assert do(tree, "chmod", path="l/b", mode="400")[0].path == "/workspace/d/b"
    assert told(do(tree, "remove", path="l", recursive=True)) == [("removed", "/workspace/l")]
    assert told(do(tree, "remove", path="d", recursive=True)) == [
        ("removed", "/workspace/d"),
        ("removed", "/workspace/d/b"),
    ]
    assert told(do(tree, "remove", path="m/n")) == [("removed", "/workspace/m/n")]


@pytest.mark.parametrize(
    ("operation", "arguments", "wanted"),
    [
        ("erase", {}, "one of: write, append, remove, move, mkdir, symlink, chmod"),
        ("write", {"path": "a"}, "give the content as text or as base64"),
        ("write", {"path": "a", "text": "", "base64": ""}, "give the content as text or as base64"),
        ("write", {"path": "", "text": ""}, "at least 1 character"),
        ("write", {"path": "a", "text": "\ud800"}, "surrogate"),
        ("write", {"path": "a", "text": "", "owner": "x"}, "accepted: path, text, base64, mode"),
        ("chmod", {"path": "a", "mode": "9"}, "octal digits"),
        ("move", {"path": "a"}, "to: Field required"),
    ],
)
def test_operations_that_make_no_sense_are_refused(operation: str, arguments: Mapping[str, Any], wanted: str) -> None:
    tree = tree_at(tree={"a": "1"})

    with pytest.raises(WorldError) as caught:
        do(tree, operation, **arguments)
    assert wanted in str(caught.value)
    assert not isinstance(caught.value, FileError)
    assert tree.settle("agent") == ()


@pytest.mark.parametrize(
    ("operation", "arguments", "wanted"),
    [
        ("write", {"path": "new/d/", "text": ""}, "EISDIR"),
        ("move", {"path": "missing", "to": "new/x"}, "ENOENT"),
        ("symlink", {"path": "a", "target": "b"}, "EEXIST"),
        ("remove", {"path": "d"}, "ENOTEMPTY"),
        ("remove", {"path": ".", "recursive": True}, "EBUSY"),
        ("remove", {"path": "/etc", "recursive": True}, "EROFS"),
        ("append", {"path": "d", "text": ""}, "EISDIR"),
        ("write", {"path": "new/a", "text": "123456789"}, "ENOSPC"),
    ],
)
def test_an_operation_that_fails_changes_nothing(operation: str, arguments: Mapping[str, Any], wanted: str) -> None:
    tree = tree_at(tree={"a": "1", "d/b": "2"}, quota={"bytes": 10})
    marks = tree.marks_digest()

    with pytest.raises(FileError) as caught:
        do(tree, operation, **arguments)
    assert caught.value.errno_name == wanted
    assert tree.settle("agent") == ()
    assert tree.marks_digest() == marks


def test_a_fork_taken_inside_an_effect_sees_what_was_done_and_nothing_later() -> None:
    tree = tree_at(tree={"a": "1"})
    tree.write("/workspace/b", b"2", now_ns=1)
    fork = tree.fork()
    tree.write("/workspace/c", b"3", now_ns=2)
    fork.write("/workspace/d", b"4", now_ns=3)

    assert told(tree.settle("agent")) == [("added", "/workspace/b"), ("added", "/workspace/c")]
    assert told(fork.settle("agent")) == [("added", "/workspace/b"), ("added", "/workspace/d")]


def test_adopting_an_older_state_undoes_what_was_not_settled() -> None:
    tree = tree_at(tree={"a": "1"})
    saved = tree.fork()
    tree.write("/workspace/b", b"2", now_ns=1)
    tree.adopt(saved)

    assert tree.names("/workspace") == ["a"]
    assert tree.settle("agent") == ()
    assert tree.stat("/workspace/a") == saved.stat("/workspace/a")


def test_equal_content_has_one_digest_however_and_wherever_it_came_about() -> None:
    one = tree_at(tree={"a": "1", "d/b": "2", "l": {"symlink": "a"}})
    two = tree_at("/elsewhere")
    two.mkdir("/elsewhere/x/d", now_ns=1, parents=True)
    two.symlink("a", "/elsewhere/l", now_ns=2)
    two.write("/elsewhere/x/d/b", b"2", now_ns=3)
    two.settle("agent")
    two.rename("/elsewhere/x/d", "/elsewhere/d", now_ns=4)
    two.rmdir("/elsewhere/x", now_ns=5)
    two.write("/elsewhere/a", b"1", now_ns=6)
    two.settle("agent")
    code = """
from tests.worlds.trees import tree_at
print(tree_at(tree={"l": {"symlink": "a"}, "d/b": "2", "a": "1"}).digest().hex())
"""
    seeded = {"PYTHONHASHSEED": "77", "PATH": ""}
    folder = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=seeded, cwd=folder
    )

    assert one.digest() == two.digest()
    assert one.digest().hex() == done.stdout.strip()


@pytest.mark.parametrize("call", ["write", "chmod", "symlink", "mkdir", "rename"])
def test_every_kind_of_content_is_in_the_digest(call: str) -> None:
    tree = tree_at(tree={"a": "1"})
    digest = tree.digest()
    arguments: dict[str, tuple[Any, ...]] = {
        "write": ("/workspace/a", b"2"),
        "chmod": ("/workspace/a", 0o755),
        "symlink": ("a", "/workspace/l"),
        "mkdir": ("/workspace/d",),
        "rename": ("/workspace/a", "/workspace/A"),
    }
    getattr(tree, call)(*arguments[call], **({} if call == "chmod" else {"now_ns": 1}))
    tree.settle("agent")

    assert tree.digest() != digest
    assert tree.recomputed() == (tree.digest(), tree.marks_digest())
