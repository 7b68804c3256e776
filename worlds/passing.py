"""Folders that do not outlive this process, even if it is killed."""

import atexit
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from worlds import host

SWEEPER: Final = Path(__file__).parent / "sweeper.py"
_SECONDS_MAX: Final = 60.0
_NAME_BYTES: Final = 12


class _Sweeper:
    """The program that removes them; started when the first one is wanted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def tell(self, folder: Path) -> None:
        """Have a folder removed once this process has ended. Raises OSError."""
        line = os.fsencode(folder) + b"\0"
        with self._lock:
            try:
                self._write(line)
            except BrokenPipeError:  # somebody killed it
                self._process = None
                self._write(line)

    def _write(self, line: bytes) -> None:
        process = self._process = self._process or _started()
        assert process.stdin is not None
        process.poll()  # it steps aside by a fork, and is buried here
        process.stdin.write(line)

    def close(self) -> None:
        """Have everything removed, and wait until it is."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None and process.stdout is not None:
            process.stdin.close()
            if sys.platform != "win32":
                select.select([process.stdout], [], [], _SECONDS_MAX)
            process.stdout.close()
            process.wait(_SECONDS_MAX)

    def forget(self) -> None:
        """Leave it to the process that this one was forked from."""
        self._lock = threading.Lock()
        process, self._process = self._process, None
        if process is not None and process.stdin is not None and process.stdout is not None:
            process.stdin.close()
            process.stdout.close()
            process.returncode = 0  # it is nobody's child here


def _started() -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-I", "-S", str(SWEEPER)]
    return subprocess.Popen(
        words, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=SWEEPER.anchor,
        start_new_session=True,
    )  # fmt: skip


_SWEEPER: Final = _Sweeper()
atexit.register(_SWEEPER.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_SWEEPER.forget)


def passing_folder(prefix: str, place: Path | None = None) -> Path:
    """A new folder whose name begins so; its user removes it, and a program beside this one if that never happens.

    It lies in a place, or among the temporary files. Raises OSError.
    """
    folder = Path(place or tempfile.gettempdir()).resolve() / f"{prefix}{host.secret(_NAME_BYTES)}"
    _SWEEPER.tell(folder)  # before there is one, so that none exists for a moment that nobody would clear away
    folder.mkdir(0o700)
    return folder


@contextmanager
def borrowed_folder(prefix: str) -> Iterator[Path]:
    """A passing folder for as long as a block lasts. Raises OSError."""
    folder = passing_folder(prefix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
