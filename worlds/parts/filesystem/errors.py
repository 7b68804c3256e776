"""What a file operation answers when it cannot be done: the operating system's own error, as data."""

from typing import ClassVar, Final

from worlds.errors import WorldError

NUMBERS: Final = {
    "EPERM": 1,
    "ENOENT": 2,
    "EACCES": 13,
    "EBUSY": 16,
    "EEXIST": 17,
    "EXDEV": 18,
    "ENOTDIR": 20,
    "EISDIR": 21,
    "EINVAL": 22,
    "ENOSPC": 28,
    "EROFS": 30,
    "ENAMETOOLONG": 36,
    "ENOTEMPTY": 39,
    "ELOOP": 40,
    "EILSEQ": 84,
}
"""The errors that a file tree can raise, with Linux's numbers on every host."""

_WORDS: Final = {
    "EPERM": "operation not permitted",
    "ENOENT": "no such file or directory",
    "EACCES": "permission denied",
    "EBUSY": "resource busy",
    "EEXIST": "file already exists",
    "EXDEV": "the target lies on another file system",
    "ENOTDIR": "not a directory",
    "EISDIR": "is a directory",
    "EINVAL": "invalid argument",
    "ENOSPC": "no space left",
    "EROFS": "read-only file system",
    "ENAMETOOLONG": "name too long",
    "ENOTEMPTY": "directory not empty",
    "ELOOP": "too many symbolic links",
    "EILSEQ": "the name is not valid Unicode",
}

_SHOWN_MAX = 8_192
"""Letters of a path that a message quotes; an agent's path may have millions."""


class FileError(WorldError):
    """A refused file operation: `errno_name` ("ENOENT"), `errno` (Linux's number) and `path` as it was given.

    EILSEQ stands for a lone surrogate in a path or link target, EINVAL for a NUL byte or a relative path.
    """

    code: ClassVar[str] = "file"

    def __init__(self, errno_name: str, path: str) -> None:
        super().__init__(f"{errno_name}: {_WORDS[errno_name]}: {path[:_SHOWN_MAX]!r}")
        self.errno_name = errno_name
        self.errno = NUMBERS[errno_name]
        self.path = path
