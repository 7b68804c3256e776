"""Runs on a cluster of this machine's own, and all the processes that stem from them."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.harness.command import start

HELPERS = (b"ray::DashboardAgent", b"ray::RuntimeEnvAgent")
"""The library's own; they take about a minute to end when their cluster was not ended in order, and play nothing."""
PATIENCE_S = 300.0
"""Clusters start within seconds where nothing else goes on, and within minutes where much does."""
MARK = "STARTED_FOR"
ON_RAY = ("--engine", "ray", "--workers", 2)


def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def started(folder: Path, *words: object) -> subprocess.Popen[str]:
    """A run in a folder, marked with it."""
    return start(folder, "run", *words, env=environment(**{MARK: str(folder)}))


def environment(**changes: str) -> dict[str, str]:
    root = str(Path(__file__).parents[3])
    return {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]), **changes}


def closings(folder: Path) -> dict[str, list[str]]:
    """How each record of a run ends, those of attempts that were put away too."""
    paths = [*(folder / "episodes").glob("*.jsonl"), *(folder / "attempts").glob("*/*.jsonl")]
    return {path.relative_to(folder).as_posix(): path.read_text().splitlines()[-1:] for path in paths}


def actor_of(pid: int, folder: Path) -> int:
    """The actor of a run in a folder from which an agent's process descends."""
    while pid not in actors(folder):
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        assert pid > 1
    return pid


def marked(folder: Path) -> list[int]:
    """Every process that stems from a run in a folder, whoever its parent is by now."""
    mark = f"{MARK}={folder}".encode()
    return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/environ") if mark in _read(path).split(b"\0")]


def players(folder: Path) -> list[int]:
    """What is left of a run in a folder when it was killed: all of its processes but the library's helpers."""
    found = {pid: _read(Path(f"/proc/{pid}/cmdline")) for pid in {*marked(folder), *actors(folder)}}
    return [pid for pid, title in found.items() if title and not title.startswith(HELPERS)]


def actors(folder: Path) -> list[int]:
    """The actors of a run in a folder: they work in it."""
    return [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if _read(path).startswith(b"ray::Worker") and _place(path.parent / "cwd") == folder
    ]


def head(folder: Path) -> list[int]:
    """The processes that hold a cluster together which a run in a folder started."""
    names = (b"/gcs_server", b"/raylet")
    titles = {pid: _read(Path(f"/proc/{pid}/cmdline")).split(b"\0")[0] for pid in marked(folder)}
    return [pid for pid, title in titles.items() if title.endswith(names)]


def _place(path: Path) -> Path | None:
    try:
        return path.readlink()
    except OSError:
        return None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
