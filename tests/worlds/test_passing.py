"""Folders that pass: however their process ends, nothing of them is left."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from worlds import sweeper

ROOT = Path(__file__).parents[2]
BOUND_SECONDS = 120
BORROWS = """
import os, signal, sys
from worlds.passing import passing_folder
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs these tests in the background ignores it
for name in ("one-", "two-"):
    folder = passing_folder(name)
    inner = folder / "inner"
    inner.mkdir()
    (inner / "file").touch()
inner.chmod(0)
"""
TELLS = "print('made', flush=True)\nsys.stdin.read()\n"


@contextmanager
def borrower(place: Path, body: str = TELLS) -> "Iterator[subprocess.Popen[str]]":
    """A process that has made two folders in a place and waits for the end of its stdin."""
    words = [sys.executable, "-c", BORROWS + body]
    here = {**os.environ, "TMPDIR": str(place), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=here) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "made\n"
        yield process


def until_empty(place: Path) -> bool:
    """Whether nothing is left in a folder in time."""
    deadline = time.monotonic() + BOUND_SECONDS
    while list(place.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not list(place.iterdir())


def children(pid: int) -> list[int]:
    return [int(word) for path in Path(f"/proc/{pid}/task").glob("*/children") for word in path.read_text().split()]


def is_over(pid: int) -> bool:
    """Whether a process has ended, buried or not."""
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def until_alone(pid: int) -> list[int]:
    """The children of a process, once none of them lives."""
    deadline = time.monotonic() + BOUND_SECONDS
    while not all(map(is_over, children(pid))):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return children(pid)


def test_folders_are_gone_when_their_process_has_ended(tmp_path: Path) -> None:
    with borrower(tmp_path) as process:
        there = sorted(path.name.partition("-")[0] for path in tmp_path.iterdir())
        process.communicate(timeout=BOUND_SECONDS)

        assert (process.returncode, there) == (0, ["one", "two"])
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_folders_go_with_a_process_that_is_ended(tmp_path: Path, number: int) -> None:
    with borrower(tmp_path) as process:
        process.send_signal(number)
        process.wait(BOUND_SECONDS)

        assert process.returncode
        assert until_empty(tmp_path)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc for children")
def test_folders_go_though_whoever_ends_the_process_ends_its_children_first(tmp_path: Path) -> None:
    with borrower(tmp_path) as process:
        for pid in [*until_alone(process.pid), process.pid]:
            os.kill(pid, signal.SIGKILL)
        process.wait(BOUND_SECONDS)

        assert until_empty(tmp_path)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_process_keeps_its_own_folders_and_nobody_elses(tmp_path: Path) -> None:
    body = """
if os.fork():
    os._exit(0)
passing_folder("own-")
os.close(1) if sys.stdin.readline() else None
sys.stdin.read()
"""
    with borrower(tmp_path, "print('made', flush=True)" + body) as process:
        process.wait(BOUND_SECONDS)
        deadline = time.monotonic() + BOUND_SECONDS
        while [path.name[:4] for path in tmp_path.iterdir()] != ["own-"] and time.monotonic() < deadline:
            time.sleep(0.01)
        kept = [path.name[:4] for path in tmp_path.iterdir()]
        assert process.stdin is not None
        process.stdin.close()

        assert kept == ["own-"]
        assert until_empty(tmp_path)


def test_what_a_folder_leads_to_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link in a folder that cannot be removed at once may lead to what is somebody else's."""
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "folder"
    elsewhere.mkdir(0o755)
    (folder / "shut").mkdir(parents=True)
    (folder / "shut/link").symlink_to(elsewhere)
    (folder / "shut").chmod(0o500)
    monkeypatch.setattr(shutil, "rmtree", lambda *given, **named: None)

    assert not sweeper._removed(str(folder))

    assert (elsewhere.stat().st_mode & 0o777, (folder / "shut").stat().st_mode & 0o777) == (0o755, 0o700)
