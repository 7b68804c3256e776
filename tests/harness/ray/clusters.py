"""Runs on a cluster of this machine's own, and all the processes that stem from them."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.harness.command import start

PATIENCE_S = 300.0
"""Clusters start within seconds where nothing else goes on, and within minutes where much does."""
MARK = "STARTED_FOR"


def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def started(folder: Path, *words: object) -> subprocess.Popen[str]:
    """A run in a folder, marked with it."""
    return start(folder, "run", *words, "--engine", "ray", env=environment(**{MARK: str(folder)}))


def environment(**changes: str) -> dict[str, str]:
    root = str(Path(__file__).parents[3])
    return {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]), **changes}


def marked(folder: Path) -> list[int]:
    """Every process that stems from a run in a folder, whoever its parent is by now."""
    mark = f"{MARK}={folder}".encode()
    return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/environ") if mark in _read(path).split(b"\0")]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
