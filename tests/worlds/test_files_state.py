"""A file tree keeps the part's promises after any mix of operations."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.worlds.trees import NOW_NS, tree_at
from worlds.blobs import MemoryBlobs
from worlds.changes import Change
from worlds.parts.filesystem import FileError, FileTree

ROOT = "/srv/data"
KEPT_MAX = 5
ENTRY: dict[str, Any] = {"root": ROOT, "tree": {"a": "one", "b/c": "two", "b/d/e": "three", "l": {"symlink": "b"}}}

Shown = dict[str, dict[str, Any]]
Call = tuple[str, dict[str, Any]]

PLACES = ["a", "b", "c", "d", "b/c", "b/d", "b/d/e", "b/d/f", "c/c", "c/d", "c/d/e", "l", "l/c", "d/e"]
paths = st.sampled_from([f"{ROOT}/{place}" for place in PLACES])
actors = st.sampled_from(["agent", "user"])


def calls_of(name: str, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Call]:
    return st.tuples(st.just(name), st.fixed_dictionaries(arguments))


calls = st.one_of(
    calls_of("write", path=paths, data=st.sampled_from([b"", b"one", b"two", b"\xff\x00"])),
    calls_of("write", path=paths, data=st.binary(max_size=3), exclusive=st.booleans()),
    calls_of("mkdir", path=paths, parents=st.booleans()),
    calls_of("mkdir", path=paths, mode=st.sampled_from([0o755, 0o700])),
    calls_of("rename", source=paths, target=paths),
    calls_of("remove", path=paths),
    calls_of("discard", path=paths),
    calls_of("symlink", target=st.sampled_from(["a", "b", "nowhere"]), path=paths),
    calls_of("chmod", path=paths | st.just(ROOT), mode=st.sampled_from([0o644, 0o755, 0o700])),
    calls_of("utime", path=paths | st.just(ROOT), mtime_ns=st.integers(-(2**63), 2**63 - 1)),
)
UNTIMED = ("chmod", "utime")


def attempt(tree: FileTree, call: Call, now_ns: int) -> None:
    """Make a call; one that is refused must leave everything as it was."""
    name, arguments = call
    before = list(tree.relation_rows("files"))
    try:
        getattr(tree, name)(**arguments, **({} if name in UNTIMED else {"now_ns": now_ns}))
    except FileError:
        assert list(tree.relation_rows("files")) == before


def shown(tree: FileTree) -> Shown:
    """Path to what a change would show, worked out without the tree's own comparison."""
    found: Shown = {}
    for path, kind, mode, size, _, sha, text, target in tree.relation_rows("files"):
        if kind == "link":
            found[path] = {"kind": kind, "target": target}
        elif kind == "dir":
            found[path] = {"kind": kind, "mode": mode}
        else:
            found[path] = {"kind": kind, "mode": mode, "size": size, "sha": sha}
            found[path].update({"text": text} if text is not None else {})
    return found


def used(state: Shown) -> tuple[int, int]:
    return sum(entry.get("size", 0) for entry in state.values()), len(state)


def between(old: Shown, new: Shown) -> dict[str, tuple[Any, Any]]:
    return {p: (old.get(p), new.get(p)) for p in old.keys() | new.keys() if old.get(p) != new.get(p)}


def listed(changes: Sequence[Change]) -> dict[str, tuple[Any, Any]]:
    assert [change.path for change in changes] == sorted({change.path for change in changes})
    return {change.path: (change.before, change.after) for change in changes}


class Trees(RuleBasedStateMachine):
    """Several forks of one tree, each changed on its own; `wanted` is what each should hold."""

    trees: Bundle[int] = Bundle("trees")

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[FileTree] = [tree_at(**ENTRY)]
        self.wanted = [shown(self.kept[0])]
        self.stores = (MemoryBlobs(), MemoryBlobs())
        self.time_ns = NOW_NS

    @initialize(target=trees)
    def first(self) -> int:
        return 0

    @precondition(lambda self: len(self.kept) < KEPT_MAX)
    @rule(target=trees, index=trees)
    def fork(self, index: int) -> int:
        return self.keep(self.kept[index].fork())

    @rule(index=trees, store=st.integers(0, 1), swap=st.booleans())
    def dump_and_load(self, index: int, store: int, swap: bool) -> None:
        """A tree may have been stored there before: then only what changed since is stored again."""
        blobs, tree = self.stores[store], self.kept[index]
        loaded = FileTree.load(json.loads(json.dumps(tree.dump(blobs))), blobs)
        assert loaded.recomputed() == tree.recomputed()
        assert loaded.used == tree.used
        self.kept[index] = loaded if swap else tree

    @rule(index=trees, other=trees)
    def adopt(self, index: int, other: int) -> None:
        self.kept[index].adopt(self.kept[other].fork())
        self.wanted[index] = self.wanted[other]

    @rule(index=trees, actor=actors, made=st.lists(calls, min_size=1, max_size=8))
    def change(self, index: int, actor: str, made: list[Call]) -> None:
        tree = self.kept[index]
        for call in made:
            self.time_ns += 1
            attempt(tree, call, self.time_ns)
        before, after = self.wanted[index], shown(tree)
        changes = tree.settle(actor)
        assert listed(changes) == between(before, after)
        assert {change.actors for change in changes} <= {(actor,)}
        self.wanted[index] = after

    @rule(index=trees)
    def recompute(self, index: int) -> None:
        tree = self.kept[index]
        assert (tree.digest(), tree.marks_digest()) == tree.recomputed()
        assert tree.used == used(self.wanted[index])

    @rule(index=trees, other=trees)
    def compare(self, index: int, other: int) -> None:
        new, old = self.kept[index], self.kept[other]
        changes = new.diff(old)
        assert listed(changes) == between(self.wanted[other], self.wanted[index])
        assert bool(changes) == (new.digest() != old.digest())

    @invariant()
    def nothing_else_changed(self) -> None:
        for tree, wanted in zip(self.kept, self.wanted, strict=True):
            assert shown(tree) == wanted

    def keep(self, tree: FileTree) -> int:
        self.kept.append(tree)
        self.wanted.append(shown(tree))
        return len(self.kept) - 1


def test_every_promise_holds_after_any_mix_of_calls() -> None:
    run_state_machine_as_test(Trees, settings=settings(max_examples=100, stateful_step_count=30, deadline=None))
