"""What a file tree answers where no real directory can be compared: the host around it, times, limits, quota."""

import unicodedata
from collections.abc import Callable

import pytest

from tests.worlds.trees import NOW_NS, tree_at
from worlds.blobs import MemoryBlobs
from worlds.parts.filesystem import FileError, FileTree, Stat

LATER_NS = NOW_NS + 1_000_000


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(FileError) as caught:
        call()
    return caught.value.errno_name


def test_links_may_lead_to_a_host_that_exists_and_cannot_be_changed() -> None:
    tree = tree_at(
        "/srv/data", tree={"out": {"symlink": "/etc/passwd"}, "up": {"symlink": "../.."}, "bin": {"symlink": "/bin"}}
    )

    assert tree.realpath("/srv/data/out") == "/etc/passwd"
    assert tree.stat("/srv/data/out").size == len(tree.read("/etc/passwd")) > 0
    assert tree.realpath("/srv/data/up") == "/"
    assert tree.realpath("/srv/data/bin") == "/usr/bin"
    assert tree.realpath("/srv/data/up/srv/data/up/srv") == "/srv"
    assert refusal(lambda: tree.write("/srv/data/out", b"", now_ns=1)) == "EROFS"
    assert refusal(lambda: tree.write("/tmp/new", b"", now_ns=1)) == "EROFS"
    assert refusal(lambda: tree.mkdir("/srv/data/up/new", now_ns=1)) == "EROFS"
    assert refusal(lambda: tree.rmdir("/srv/data", now_ns=1)) == "EROFS"
    assert refusal(lambda: tree.chmod("/etc", 0o777)) == "EROFS"
    assert refusal(lambda: tree.rename("/srv/data/out", "/tmp/out", now_ns=1)) == "EXDEV"
    assert refusal(lambda: tree.names("/root")) == "EACCES"
    assert refusal(lambda: tree.read("/etc/shadow")) == "EACCES"
    assert tree.settle("agent") == ()


@pytest.mark.parametrize("root", ["/workspace", "/srv/a/b/c", "/etc/passwd/x", "/bin/x", "/tmp"])
def test_every_directory_above_the_root_exists(root: str) -> None:
    tree = tree_at(root, tree={"a": "1"})
    steps = root.split("/")[1:]

    for end in range(len(steps)):
        assert tree.lstat("/" + "/".join(steps[:end])).kind == "dir"
        assert steps[end] in tree.names("/" + "/".join(steps[:end]))
    assert tree.realpath(root) == root
    assert dict(tree.scan("/" + "/".join(steps[:-1])))[steps[-1]] == tree.stat(root)
    assert tree.inside(root)
    assert tree.inside(f"{root}/a")
    assert not tree.inside(f"{root}x")
    assert not tree.inside(f"{root}/../a")


def test_a_tree_may_be_the_whole_system() -> None:
    tree = tree_at("/", tree={"a/b": "1"})
    tree.rename("/a/b", "/c", now_ns=LATER_NS)

    assert (tree.root, tree.names("/"), tree.realpath("/../a/..")) == ("/", ["a", "c"], "/")
    assert [change.path for change in tree.settle("agent")] == ["/a/b", "/c"]
    assert tree.recomputed() == (tree.digest(), tree.marks_digest())
    assert refusal(lambda: tree.rmdir("/", now_ns=1)) == "EBUSY"
    assert refusal(lambda: tree.lstat("/etc")) == "ENOENT"


def test_a_write_in_place_keeps_what_a_new_file_would_not() -> None:
    tree = tree_at(tree={"d/a": {"text": "1", "mode": "600"}})
    before, folder = tree.stat("/workspace/d/a"), tree.stat("/workspace/d")
    tree.write("/workspace/d/a", b"22", now_ns=LATER_NS, mode=0o777)

    assert tree.stat("/workspace/d/a") == Stat("file", 0o600, 2, LATER_NS, before.birth_ns, before.inode, 1)
    assert tree.stat("/workspace/d") == folder


def test_entries_that_come_and_go_set_the_time_of_their_directory_alone() -> None:
    tree = tree_at(tree={"d/e/a": "1", "f/": {}})
    moved = tree.stat("/workspace/d/e/a")
    tree.rename("/workspace/d/e/a", "/workspace/f/b", now_ns=LATER_NS)

    assert tree.stat("/workspace/f/b") == moved
    times = {name: tree.stat(f"/workspace/{name}").mtime_ns for name in ("", "d", "d/e", "f")}
    assert times == {"": NOW_NS, "d": NOW_NS, "d/e": LATER_NS, "f": LATER_NS}
    tree.utime("/workspace/f", 5)
    assert (tree.stat("/workspace/f").mtime_ns, tree.stat("/workspace/f").birth_ns) == (5, NOW_NS)
    assert refusal(lambda: tree.utime("/workspace/f", 2**63)) == "EINVAL"


def test_a_far_future_is_kept_as_the_last_time_that_fits() -> None:
    tree, far_ns, last_ns = tree_at(tree={"a": "1", "d/": {}}), 2**70, 2**63 - 1
    tree.write("/workspace/a", b"2", now_ns=far_ns)
    tree.write("/workspace/b", b"2", now_ns=far_ns)
    tree.mkdir("/workspace/d/e", now_ns=far_ns)
    tree.symlink("a", "/workspace/l", now_ns=far_ns)
    tree.settle("agent")

    assert {stat.mtime_ns for _, stat in tree.scan("/workspace")} == {last_ns}
    assert FileTree.load(tree.dump(blobs := MemoryBlobs()), blobs).marks_digest() == tree.marks_digest()


def test_inodes_are_never_given_twice() -> None:
    tree = tree_at(tree={"a": "1"})
    first = tree.stat("/workspace/a").inode
    tree.remove("/workspace/a", now_ns=1)
    tree.write("/workspace/a", b"1", now_ns=2)

    assert tree.stat("/workspace/a").inode > first


def test_directories_count_the_directories_in_them_and_have_one_size() -> None:
    tree = tree_at(tree={"a/": {}, "b/": {}, "f": "1"})
    tree.rename("/workspace/a", "/workspace/b/a", now_ns=1)

    assert [tree.stat(path).nlink for path in ("/workspace", "/workspace/b", "/workspace/b/a")] == [3, 3, 2]
    assert {tree.stat(path).size for path in ("/workspace", "/workspace/b")} == {4096}
    tree.symlink("é", "/workspace/l", now_ns=1)
    assert tree.lstat("/workspace/l").size == 2


def test_parents_are_made_on_request_and_all_or_none() -> None:
    tree = tree_at(tree={"f": "1", "l": {"symlink": "d"}, "broken": {"symlink": "z"}}, quota={"files": 7})
    tree.mkdir("/workspace/d/e/", now_ns=1, parents=True, mode=0o700)
    tree.mkdir("/workspace/l", now_ns=2, parents=True)

    assert [tree.stat(f"/workspace/{path}").mode for path in ("d", "d/e")] == [0o755, 0o700]
    assert refusal(lambda: tree.mkdir("/workspace/f", now_ns=3, parents=True)) == "EEXIST"
    assert refusal(lambda: tree.mkdir("/workspace/f/x", now_ns=3, parents=True)) == "ENOTDIR"
    assert refusal(lambda: tree.mkdir("/workspace/x/y", now_ns=3, parents=True)) == "ENOSPC"
    assert refusal(lambda: tree.mkdir("/workspace/x/../y", now_ns=3, parents=True)) == "ENOENT"
    assert refusal(lambda: tree.mkdir("/workspace/x/" + "n" * 256, now_ns=3, parents=True)) == "ENAMETOOLONG"
    assert refusal(lambda: tree.mkdir("/workspace/broken/y", now_ns=3, parents=True)) == "EEXIST"
    assert tree.names("/workspace") == ["broken", "d", "f", "l"]
    tree.mkdir("/workspace/d/./e//g/.", now_ns=4, parents=True)
    assert tree.used == (1, 7)


def test_a_full_quota_refuses_what_would_grow_and_changes_nothing() -> None:
    tree = tree_at(tree={"a": "12345", "b": "1"}, quota={"bytes": 8, "files": 4})
    assert tree.used == (6, 3)

    assert refusal(lambda: tree.write("/workspace/a", b"12345678", now_ns=1)) == "ENOSPC"
    assert tree.read("/workspace/a") == b"12345"
    tree.write("/workspace/a", b"1234567", now_ns=1)
    assert refusal(lambda: tree.write("/workspace/c", b"1", now_ns=1)) == "ENOSPC"
    tree.symlink("a", "/workspace/c", now_ns=1)
    assert refusal(lambda: tree.mkdir("/workspace/d", now_ns=1)) == "ENOSPC"
    tree.rename("/workspace/b", "/workspace/a", now_ns=1)
    assert tree.used == (1, 3)
    tree.discard("/workspace/c", now_ns=1)
    tree.mkdir("/workspace/d", now_ns=1)
    assert tree.used == (1, 3)


def test_forty_links_are_followed_and_no_more() -> None:
    links = {f"l{n}": {"symlink": f"l{n - 1}"} for n in range(1, 42)}
    tree = tree_at(tree={"l0": "end", **links, "loop": {"symlink": "loop"}})

    assert tree.read("/workspace/l40") == b"end"
    assert refusal(lambda: tree.read("/workspace/l41")) == "ELOOP"
    assert refusal(lambda: tree.stat("/workspace/loop")) == "ELOOP"


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("", "ENOENT"),
        ("a", "EINVAL"),
        ("/workspace/a\0", "EINVAL"),
        ("/workspace/\ud800", "EILSEQ"),
        ("/workspace/" + "x" * 256, "ENAMETOOLONG"),
        ("/workspace/" + "é" * 128, "ENAMETOOLONG"),
        ("/workspace" + "/." * 2043, "ENAMETOOLONG"),
    ],
)
def test_paths_that_no_system_takes_are_refused_by_every_call(path: str, wanted: str) -> None:
    tree = tree_at(tree={"f": "1"})
    calls = [
        lambda: tree.lstat(path),
        lambda: tree.stat(path),
        lambda: tree.realpath(path),
        lambda: tree.readlink(path),
        lambda: tree.read(path),
        lambda: tree.names(path),
        lambda: tree.scan(path),
        lambda: tree.write(path, b"", now_ns=1),
        lambda: tree.mkdir(path, now_ns=1),
        lambda: tree.mkdir(path, now_ns=1, parents=True),
        lambda: tree.rename(path, "/workspace/x", now_ns=1),
        lambda: tree.rename("/workspace/f", path, now_ns=1),
        lambda: tree.remove(path, now_ns=1),
        lambda: tree.rmdir(path, now_ns=1),
        lambda: tree.discard(path, now_ns=1),
        lambda: tree.symlink("f", path, now_ns=1),
        lambda: tree.chmod(path, 0o644),
        lambda: tree.utime(path, 1),
    ]

    assert {refusal(call) for call in calls} == {wanted}
    assert tree.settle("agent") == ()


@pytest.mark.parametrize(
    ("target", "wanted"), [("", "ENOENT"), ("a\0", "EINVAL"), ("\udfff", "EILSEQ"), ("x" * 4096, "ENAMETOOLONG")]
)
def test_links_say_only_what_a_system_would_keep(target: str, wanted: str) -> None:
    tree = tree_at()

    assert refusal(lambda: tree.symlink(target, "/workspace/l", now_ns=1)) == wanted


def test_names_are_listed_in_byte_order_and_compared_as_they_are() -> None:
    composed, apart = unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é")
    written = ["b", "B", "a", "\uffff", "\U0001f600", composed, apart, "~"]
    tree = tree_at(tree={name: name for name in written})

    assert tree.names("/workspace") == sorted(written, key=str.encode)
    assert [name for name, _ in tree.scan("/workspace")] == tree.names("/workspace")
    assert {tree.read(f"/workspace/{name}").decode() for name in (composed, apart)} == {composed, apart}


def test_a_tree_deeper_than_any_stack_works() -> None:
    tree, blobs = tree_at(tree={"top/f": "1"}), MemoryBlobs()
    half = "/d" * 2_000
    for _ in range(2):
        tree.mkdir("/workspace/new" + half, now_ns=1, parents=True)
        tree.rename("/workspace/top", f"/workspace/new{half}/top", now_ns=2)
        tree.rename("/workspace/new", "/workspace/top", now_ns=3)
    unsettled = tree.fork()
    changes = tree.settle("agent")

    assert len(changes) == 2 * 2_001 + 2
    assert tree.recomputed() == (tree.digest(), tree.marks_digest())
    assert FileTree.load(tree.dump(blobs), blobs).recomputed() == tree.recomputed()
    assert len(tree.diff(tree_at())) == 2 * 2_001 + 2
    unsettled.discard("/workspace/top", now_ns=4)
    assert unsettled.used == (0, 1)
    assert [change.path for change in unsettled.settle("agent")] == ["/workspace/top", "/workspace/top/f"]
