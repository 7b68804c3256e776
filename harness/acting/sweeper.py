"""A small program that makes folders for its parent process, and removes what is left of them when that has died.

It runs in a process of its own with nothing but the standard library. Each line of stdin is the beginning of a path; a
folder whose path begins so is made, and told as a line on stdout. At the end of stdin every folder is removed, whatever
is in it. So no folder exists for a moment that nobody would clear away, however its user dies.
"""

import os
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

_ROUNDS_MAX: Final = 100
_PAUSE_SECONDS: Final = 0.1


def main() -> None:
    """Make what is asked for, then remove it all."""
    made: list[Path] = []
    for line in sys.stdin:
        wanted = Path(line.rstrip("\n"))
        made.append(Path(tempfile.mkdtemp(prefix=wanted.name, dir=wanted.parent)))
        print(made[-1], flush=True)
    for _ in range(_ROUNDS_MAX):  # processes that are ended meanwhile may still write
        made = [folder for folder in made if not _removed(folder)]
        if not made:
            return
        time.sleep(_PAUSE_SECONDS)


def _removed(folder: Path) -> bool:
    """Remove a folder without regard to modes."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        for place, inner, _ in os.walk(folder):
            for name in inner:
                with suppress(OSError):
                    Path(place, name).chmod(0o700, follow_symlinks=True)
        shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


if __name__ == "__main__":
    main()
