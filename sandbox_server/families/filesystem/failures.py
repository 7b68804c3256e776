"""What the server says when something cannot be done: its own refusals, and the system's errors in Node's words."""

from typing import Final

from sandbox_server.families.filesystem.javascript import well_formed
from worlds.parts.filesystem import FileError

_WORDS: Final = {
    "EPERM": "operation not permitted",
    "ENOENT": "no such file or directory",
    "EACCES": "permission denied",
    "EBUSY": "resource busy or locked",
    "EEXIST": "file already exists",
    "EXDEV": "cross-device link not permitted",
    "ENOTDIR": "not a directory",
    "EISDIR": "illegal operation on a directory",
    "EINVAL": "invalid argument",
    "ENOSPC": "no space left on device",
    "EROFS": "read-only file system",
    "ENAMETOOLONG": "name too long",
    "ENOTEMPTY": "directory not empty",
    "ELOOP": "too many symbolic links encountered",
    "EILSEQ": "illegal byte sequence",
}


class Refusal(Exception):
    """The call ends as a failure with this text."""

    @property
    def text(self) -> str:
        """What the agent reads."""
        return str(self.args[0])


def system_error(error: FileError, call: str, path: str = "", target: str = "") -> Refusal:
    """A failed system call: `ENOENT: no such file or directory, open '/a'`; with a target, `rename '/a' -> '/b'`."""
    place = f" '{well_formed(path)}'" if path else ""
    place += f" -> '{well_formed(target)}'" if target else ""
    return Refusal(f"{error.errno_name}: {_WORDS[error.errno_name]}, {call}{place}")
