"""What an agent made of its working directory, as operations on the file tree that was laid out there."""

import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from harness.acting.laid_out import Laid, stamp
from worlds.parts.filesystem.becoming import FILE_BYTES_MAX, Findings, Found, becoming

ENTRIES_MAX: Final = 100_000


def differences(laid: Laid, folder: Path) -> Findings:
    """What differs in a folder from what was laid out in it; nobody may work in it any more."""
    outside: dict[str, str] = {}
    return becoming(laid.nodes, dict(_entries(laid, folder, outside)), outside)


def _entries(laid: Laid, folder: Path, outside: dict[str, str]) -> Iterator[tuple[str, Found]]:
    """Everything in a folder that a tree can hold, by path below it; what it cannot hold is noted."""
    waiting, count = [("", folder)], 0
    while waiting:
        shown, path = waiting.pop()
        found = _found(laid, shown, path, outside)
        if found is None:
            continue
        yield shown, found
        if found.kind == "dir":
            names = _names(shown, path, found.mode, outside)
            count += len(names)
            if count > ENTRIES_MAX:
                outside[""] = f"more than {ENTRIES_MAX} entries"
                return
            waiting += [(f"{shown}/{name}" if shown else name, path / name) for name in names]


def _names(shown: str, folder: Path, mode: int, outside: dict[str, str]) -> list[str]:
    try:
        if mode & 0o500 != 0o500:
            folder.chmod(0o700)
        return sorted(os.listdir(folder))  # noqa: PTH208 - names are wanted, not paths
    except OSError as error:
        outside[shown] = str(error.strerror)
        return []


def _found(laid: Laid, shown: str, path: Path, outside: dict[str, str]) -> Found | None:
    try:
        shown.encode()
        about = path.lstat()
        mode = stat.S_IMODE(about.st_mode) & 0o777
        if stat.S_ISLNK(about.st_mode):
            target = os.readlink(path)  # noqa: PTH115 - Path.readlink drops trailing slashes and dots
            target.encode()
            return Found("link", mode, target=target)
        if stat.S_ISDIR(about.st_mode):
            return Found("dir", mode)
        if stat.S_ISREG(about.st_mode):
            untouched = shown in laid.stamps and stamp(path) == laid.stamps[shown]
            return Found("file", mode, about.st_size, untouched=untouched, read=partial(_content, path))
    except UnicodeEncodeError:
        outside[shown.encode("utf-8", "backslashreplace").decode()] = "not Unicode"
        return None
    except OSError as error:
        outside[shown] = str(error.strerror)
        return None
    outside[shown] = "neither a file nor a folder nor a link"
    return None


def _content(path: Path) -> bytes:
    """The bytes of an ordinary file, a link not followed."""
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(file, "rb") as opened:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(0, "no longer an ordinary file")
        return opened.read(FILE_BYTES_MAX)
