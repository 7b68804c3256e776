"""A file tree answers every call as Linux does: the same operations run on both and are compared."""

import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.worlds.real_files import RealFiles, outcome, unprivileged
from tests.worlds.trees import NOW_NS, tree_at

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="compares with Linux's own answers")

names = st.sampled_from(["a", "b", "c", "A", *(unicodedata.normalize(form, "é") for form in ("NFC", "NFD")), "n" * 255])
odd_names = st.sampled_from([".", "..", "n" * 256, "é" * 128])
modes = st.sampled_from([0o000, 0o100, 0o200, 0o300, 0o400, 0o500, 0o600, 0o644, 0o700, 0o755, 0o777])
targets = st.sampled_from(
    ["a", "b", "c", "a/b", "b/c", "./c", "none", "a/", "none/", "{}/a", "{}/b/c", "{}//c/", "x" * 300]
)


@st.composite
def paths(draw: st.DrawFn) -> str:
    """A path below the root; at most one `..`, never first, so that no path leads out."""
    steps = draw(st.lists(names, min_size=1, max_size=3))
    if draw(st.integers(0, 7)) == 0:
        steps.insert(draw(st.integers(1, len(steps))), draw(odd_names))
    return "{}/" + draw(st.sampled_from(["/", "/", "//"])).join(steps) + draw(st.sampled_from(["", "", "", "/"]))


class BothFiles(RuleBasedStateMachine):
    """Runs each call on a real directory and on a tree with the same root."""

    def __init__(self) -> None:
        super().__init__()
        self.real = RealFiles()
        self.tree = tree_at(self.real.root)

    def teardown(self) -> None:
        self.real.close()

    def same(self, name: str, *arguments: Any, timed: bool = False, **options: Any) -> None:
        here = [a.format(self.real.root) if isinstance(a, str) else a for a in arguments]
        with unprivileged():
            wanted = outcome(getattr(self.real, name), *here, **options)
        times = {"now_ns": NOW_NS} if timed else {}
        assert outcome(getattr(self.tree, name), *here, **options, **times) == wanted, (name, arguments)

    @rule(path=paths(), data=st.binary(max_size=9), exclusive=st.booleans())
    def write(self, path: str, data: bytes, exclusive: bool) -> None:
        self.same("write", path, data, exclusive=exclusive, timed=True)

    @rule(path=paths())
    def mkdir(self, path: str) -> None:
        self.same("mkdir", path, timed=True)

    @rule(path=paths())
    def deep(self, path: str) -> None:
        for end in [index for index, letter in enumerate(path) if letter == "/"][1:]:
            self.same("mkdir", path[:end], timed=True)

    @rule(source=paths(), goal=paths())
    def rename(self, source: str, goal: str) -> None:
        self.same("rename", source, goal, timed=True)

    @rule(path=paths())
    def remove(self, path: str) -> None:
        self.same("remove", path, timed=True)

    @rule(path=paths())
    def rmdir(self, path: str) -> None:
        self.same("rmdir", path, timed=True)

    @rule(words=targets, path=paths())
    def symlink(self, words: str, path: str) -> None:
        self.same("symlink", words, path, timed=True)

    @rule(path=paths(), mode=modes)
    def chmod(self, path: str, mode: int) -> None:
        self.same("chmod", path, mode)

    @rule(path=paths())
    def look(self, path: str) -> None:
        for call in ("lstat", "stat", "realpath", "readlink", "read", "names"):
            self.same(call, path)


def test_every_call_answers_as_linux_does() -> None:
    run_state_machine_as_test(BothFiles, settings=settings(max_examples=60, stateful_step_count=40, deadline=None))
