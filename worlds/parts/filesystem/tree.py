"""A virtual POSIX file tree below one root, seen by a process that owns it."""

from typing import ClassVar

from worlds.parts.filesystem.stat import Stat


class FileTree:
    """Files below `root` are state; what lies beside and above it is a small read-only host.

    Every path is an absolute POSIX path as an OS call would get it (`.`, `..`, `//` and trailing slashes included).
    All methods raise FileError with the name that Linux would give a process that is not root.
    """

    kind: ClassVar[str] = "filesystem"
    root: str

    def lstat(self, path: str) -> Stat:
        """What is at the path; a link at its end is not followed."""
        raise NotImplementedError

    def stat(self, path: str) -> Stat:
        """What is at the path, links followed."""
        raise NotImplementedError

    def realpath(self, path: str) -> str:
        """The path without links, `.` and `..`; it may lie outside the root."""
        raise NotImplementedError

    def readlink(self, path: str) -> str:
        """Where a link points, as written. EINVAL for anything else."""
        raise NotImplementedError

    def read(self, path: str) -> bytes:
        """The content of a file."""
        raise NotImplementedError

    def write(self, path: str, data: bytes, *, now_ns: int, mode: int | None = None, exclusive: bool = False) -> None:
        """Create a file, or replace the content of one in place (inode, mode and birth time stay).

        `mode` is what a new file gets (644 when absent). A full quota changes nothing. A link that leads to nothing
        has its target created, unless `exclusive`, which refuses whatever is there with EEXIST.
        """
        raise NotImplementedError

    def mkdir(self, path: str, *, now_ns: int, parents: bool = False, mode: int = 0o755) -> None:
        """Make a directory; with `parents` also those above it, and then an existing directory is no error."""
        raise NotImplementedError

    def rename(self, source: str, target: str, *, now_ns: int) -> None:
        """Move a file, directory or link (itself, not its target), replacing a file or an empty directory."""
        raise NotImplementedError

    def remove(self, path: str, *, now_ns: int) -> None:
        """Remove a file or link. EISDIR for a directory."""
        raise NotImplementedError

    def rmdir(self, path: str, *, now_ns: int) -> None:
        """Remove an empty directory."""
        raise NotImplementedError

    def symlink(self, target: str, path: str, *, now_ns: int) -> None:
        """Make a link at `path` that says `target`."""
        raise NotImplementedError

    def chmod(self, path: str, mode: int) -> None:
        """Set permission bits, links followed."""
        raise NotImplementedError

    def utime(self, path: str, mtime_ns: int) -> None:
        """Set the modification time, links followed."""
        raise NotImplementedError

    def names(self, path: str) -> list[str]:
        """The names in a directory, in byte order of their UTF-8."""
        raise NotImplementedError

    def scan(self, path: str) -> list[tuple[str, Stat]]:
        """The entries of a directory as `lstat` shows them, in byte order of their names."""
        raise NotImplementedError

    def inside(self, path: str) -> bool:
        """Whether an absolute path is the root or lies below it, by its words alone (links are not followed)."""
        raise NotImplementedError
