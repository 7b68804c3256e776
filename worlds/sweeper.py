"""A small program that removes the folders of the process that started it, once that has ended in whatever way.

It runs in a process of its own with nothing but the standard library. What comes over stdin are paths, each with a zero
byte behind it. At the end of stdin every folder of these is removed, whatever is in it, and stdout is closed.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

_ROUNDS_MAX: Final = 100
_PAUSE_SECONDS: Final = 0.1
_READ_BYTES: Final = 1 << 16
_KEPT_MAX: Final = 1 << 12


def main() -> None:
    """Hear of folders, then remove them all."""
    _step_aside()
    told: list[str] = []
    for path in _paths():
        told.append(path)
        if len(told) > _KEPT_MAX:  # the newest may not be made yet; of the others most are gone
            half = _KEPT_MAX // 2
            told = [*filter(os.path.lexists, told[:half]), *told[half:]]
    left = [path for path in told if os.path.lexists(path)]
    if left:
        _remove(left)


def _step_aside() -> None:
    """End with nobody else: not with signals to all, nor with those who end a process's children before itself."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if hasattr(os, "fork") and os.fork():
        os._exit(0)


def _paths() -> Iterator[str]:
    """What is told, as it comes."""
    rest = b""
    while data := os.read(0, _READ_BYTES):
        *whole, rest = (rest + data).split(b"\0")
        yield from map(os.fsdecode, whole)


def _remove(folders: list[str]) -> None:
    import time  # like what else only this needs: most have nothing left to remove

    for _ in range(_ROUNDS_MAX):  # processes that are ended meanwhile may still write
        folders = [folder for folder in folders if not _removed(folder)]
        if not folders:
            return
        time.sleep(_PAUSE_SECONDS)


def _removed(folder: str) -> bool:
    """Remove a folder without regard to modes."""
    import shutil
    from pathlib import Path

    shutil.rmtree(folder, ignore_errors=True)
    if os.path.lexists(folder):
        for place, inner, _ in os.walk(folder):
            for name in inner:
                path = Path(place, name)
                with suppress(OSError):
                    if not path.is_symlink():  # it may lead to what is somebody else's
                        path.chmod(0o700)
        shutil.rmtree(folder, ignore_errors=True)
    return not os.path.lexists(folder)


if __name__ == "__main__":
    main()
    sys.stdout.close()
