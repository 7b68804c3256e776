# ruff: noqa: PTH101, PTH102, PTH104, PTH106, PTH108, PTH114, PTH115, PTH116, PTH208, PTH211 - pathlib tidies paths; here they go as they are
"""A real directory behind the calls of a file tree, for tests that compare the two."""

import ctypes
import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from worlds.parts.filesystem import FileError, Stat

NOBODY = 65_534
KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link"}


class RealFiles:
    """Calls on a real directory below `root`, made by a process that is not root and answered in our own terms."""

    def __init__(self) -> None:
        self.root = tempfile.mkdtemp(prefix="tree")
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.realpath.restype = ctypes.c_void_p
        if os.geteuid() == 0:
            os.chown(self.root, NOBODY, -1)
        os.chmod(self.root, 0o755)

    def close(self) -> None:
        """Remove everything."""
        self.unlock()
        shutil.rmtree(self.root)

    def unlock(self) -> None:
        """Make every directory accessible again."""
        os.chmod(self.root, 0o755)
        for folder, folders, _ in os.walk(self.root):
            for name in folders:
                if not os.path.islink(f"{folder}/{name}"):
                    os.chmod(f"{folder}/{name}", 0o755)

    def lstat(self, path: str) -> tuple[object, ...]:
        return shown(os.lstat(path))

    def stat(self, path: str) -> tuple[object, ...]:
        return shown(os.stat(path))

    def realpath(self, path: str) -> str:
        found = self._libc.realpath(path.encode(), None)
        if not found:
            raise OSError(ctypes.get_errno(), "realpath")
        text = ctypes.string_at(found).decode()
        self._libc.free(ctypes.c_void_p(found))
        return text

    def readlink(self, path: str) -> str:
        return os.readlink(path)

    def read(self, path: str) -> bytes:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            return os.read(descriptor, 1 << 20)
        finally:
            os.close(descriptor)

    def write(self, path: str, data: bytes, *, exclusive: bool = False) -> None:
        flags = os.O_WRONLY | os.O_CREAT | (os.O_EXCL if exclusive else os.O_TRUNC)
        descriptor = os.open(path, flags, 0o644)
        os.write(descriptor, data)
        os.close(descriptor)

    def mkdir(self, path: str) -> None:
        os.mkdir(path, 0o755)

    def rename(self, source: str, target: str) -> None:
        os.rename(source, target)

    def remove(self, path: str) -> None:
        os.unlink(path)

    def rmdir(self, path: str) -> None:
        os.rmdir(path)

    def symlink(self, target: str, path: str) -> None:
        os.symlink(target, path)

    def chmod(self, path: str, mode: int) -> None:
        os.chmod(path, mode)

    def names(self, path: str) -> list[str]:
        return sorted(os.listdir(path), key=os.fsencode)


def shown(about: os.stat_result | Stat) -> tuple[object, ...]:
    """What both sides must agree on: kind, mode, and the size and links of what is not a directory."""
    if isinstance(about, Stat):
        fields: tuple[object, ...] = (about.kind, about.mode, about.size, about.nlink)
    else:
        kind = KINDS[stat.S_IFMT(about.st_mode)]
        fields = (kind, stat.S_IMODE(about.st_mode), about.st_size, about.st_nlink)
    return fields[:2] if fields[0] == "dir" else fields


@contextmanager
def unprivileged() -> Iterator[None]:
    """Act as a user without privileges and with the usual umask."""
    root, umask = os.geteuid() == 0, os.umask(0o022)
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        os.umask(umask)


def outcome(call: Callable[..., Any], *arguments: Any, **options: Any) -> tuple[str, object]:
    """("ok", result) or the name of the error."""
    try:
        result = call(*arguments, **options)
    except FileError as error:
        assert getattr(errno, error.errno_name) == error.errno
        return error.errno_name, None
    except OSError as error:
        return errno.errorcode[error.errno or 0], None
    return "ok", shown(result) if isinstance(result, Stat) else result
