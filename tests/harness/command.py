"""The command line as tests use it: in this process, or as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from harness.cli import main

ROOT = Path(__file__).parents[2]
_STARTED: Final[list[subprocess.Popen[str]]] = []


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    status: int
    out: str
    err: str


Command = Callable[..., Ran]


def command_in(folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """The command `soundstage`, run in this process with a folder as its working directory."""
    monkeypatch.chdir(folder)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)

    def run(*words: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["soundstage", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0 if code is None else 1, out, err)

    return run


def start(folder: Path, *words: object, **options: Any) -> subprocess.Popen[str]:
    """The command as a process of its own, which ends with the test at the latest."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    process: subprocess.Popen[str] = subprocess.Popen(
        [sys.executable, "-m", "harness", *map(str, words)],
        cwd=folder, text=True,
        **{"env": environment, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
    )  # fmt: skip
    _STARTED.append(process)
    return process


def end_started() -> None:
    """End what was started and still runs: a test that failed before it did so itself must not fail others."""
    while _STARTED:
        process = _STARTED.pop()
        process.kill()
        process.wait()
        for stream in filter(None, (process.stdin, process.stdout, process.stderr)):
            with suppress(OSError):
                stream.close()
