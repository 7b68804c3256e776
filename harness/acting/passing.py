"""Folders that do not outlive this process, even if it is killed."""

import atexit
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Final

SWEEPER: Final = Path(__file__).parent / "sweeper.py"
_SECONDS_MAX: Final = 10.0


class _Sweeper:
    """The program that makes and removes them; started when the first one is wanted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def folder(self, prefix: str) -> Path:
        """A new folder. Raises OSError."""
        with self._lock:
            for _ in range(2):  # somebody may have killed it
                told = self._asked(prefix)
                if told:
                    return Path(told).resolve()
        raise OSError(f"no folder could be made (asked {SWEEPER.name})")

    def _asked(self, prefix: str) -> str:
        process = self._process
        if process is None or process.poll() is not None:
            process = self._process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(f"{Path(tempfile.gettempdir()).absolute() / prefix}\n")
            process.stdin.flush()
        except BrokenPipeError:
            return ""
        return process.stdout.readline().rstrip("\n")

    def _started(self) -> "subprocess.Popen[str]":
        if self._process is None:
            atexit.register(self.close)
        words = [sys.executable, "-I", "-S", str(SWEEPER)]
        return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)

    def close(self) -> None:
        """Have everything removed."""
        process = self._process
        if process is not None and process.stdin is not None and process.stdout is not None:
            process.stdin.close()
            process.wait(_SECONDS_MAX)
            process.stdout.close()


_SWEEPER: Final = _Sweeper()


def passing_folder(prefix: str) -> Path:
    """A new folder whose name begins so; its user removes it, and a program beside this one if that never happens.

    Raises OSError.
    """
    return _SWEEPER.folder(prefix)
