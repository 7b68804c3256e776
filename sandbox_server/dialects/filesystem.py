"""The reference filesystem server: errors of the operating system as Node words them, naming the call and the path."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from fault_injection.asked import Works
from fault_injection.scene import Meaning, Said
from sandbox_server.call import Call, Reply
from sandbox_server.dialect import Vocabulary, dialects
from sandbox_server.families.filesystem.access import Access
from sandbox_server.families.filesystem.failures import Refusal
from sandbox_server.family import Server
from worlds.digest import value_hash
from worlds.errors import WorldError
from worlds.parts.filesystem import FileTree

_PHRASES: Final = {
    "EIO": "i/o error", "EMFILE": "too many open files", "ENOSPC": "no space left on device",
    "EACCES": "permission denied", "EPERM": "operation not permitted", "ENOENT": "no such file or directory",
    "EBUSY": "resource busy or locked", "EAGAIN": "resource temporarily unavailable",
    "EROFS": "read-only file system", "ETIMEDOUT": "connection timed out",
}  # fmt: skip
_ERRORS: Final[Mapping[Meaning, str]] = {
    "error": "EIO", "limited": "EMFILE", "quota": "ENOSPC", "unavailable": "EIO", "auth_expired": "EACCES",
    "forbidden": "EPERM", "not_found": "ENOENT", "locked": "EBUSY", "deadlock": "EAGAIN", "conflict": "EBUSY",
    "full": "ENOSPC", "read_only": "EROFS", "timeout": "ETIMEDOUT",
}  # fmt: skip
_CALLS: Final = {
    "list_directory": "scandir", "list_directory_with_sizes": "scandir", "directory_tree": "scandir",
    "search_files": "scandir", "get_file_info": "stat", "create_directory": "mkdir", "move_file": "rename",
}  # fmt: skip
_WRITES: Final = frozenset(("write_file", "edit_file", "create_directory", "move_file"))
_OF_WRITES: Final = frozenset(("ENOSPC", "EROFS"))
"""What only calls that write can meet."""
_BARE: Final = frozenset(("ENOSPC", "EIO"))
"""Failures of a descriptor that is open already, whose errors name no path."""
_REFUSALS: Final = frozenset(("EACCES", "EPERM", "EROFS"))
"""What is found out only when a file that exists is written beside itself first."""
_HIDDEN_BY_MKDIR: Final = frozenset(("ENOSPC", "EROFS", "ETIMEDOUT"))
"""What Node's recursive mkdir tells as a missing parent."""
_PATH_LETTERS_MAX: Final = 4_096
_DIGITS: Final = 32


@dialects.register("filesystem")
class Filesystem:
    """Errors of system calls."""

    vocabulary: ClassVar[Vocabulary] = "local"

    def say(self, meaning: Meaning, said: Said, call: Call, server: Server) -> Reply:
        """An `isError` result with the system's error; how long to wait, no system call says.

        Several files at once are answered as a success that tells the error of each.
        """
        paths = _several(call)
        if not paths:
            text = said.text or _error(_ERRORS[meaning], call, said, server)
            return server.surface.fingerprint.failure(text)
        text = "\n---\n".join(
            f"{_shown(path)}: Error - {said.text or _error(_ERRORS[meaning], call, said, server, path)}"
            for path in paths
        )
        return server.surface.fingerprint.text(text, {"content": text})

    def works(self, call: Call, server: Server) -> Works:
        """Four tools write."""
        return "write" if call.tool in _WRITES else "read"


def _error(errno: str, call: Call, said: Said, server: Server, path: str | None = None) -> str:
    """The error as Node words it."""
    errno = _possible(errno, call.tool)
    given = call.arguments if isinstance(call.arguments, dict) else {}
    named = path if path is not None else given.get("path")
    verb = _CALLS.get(call.tool, "open")
    if verb == "open" and errno in _BARE:
        verb, place = "write" if call.tool in _WRITES and errno in _OF_WRITES | _bare(call) else "read", ""
    elif verb == "rename":
        place = f"{_quoted(given.get('source'), said, server)} ->{_quoted(given.get('destination'), said, server)}"
    elif verb == "open" and errno in _REFUSALS and call.tool in _WRITES and _exists(named, said, server):
        place = _quoted(named, said, server, f".{value_hash([said.fresh, named]).hex()[:_DIGITS]}.tmp")
    else:
        verb = "stat" if verb == "open" and given.get("tail") and errno in ("ENOENT", "EBUSY", "EAGAIN") else verb
        place = _quoted(named, said, server)
    return f"{errno}: {_PHRASES[errno]}, {verb}{place}"


def _bare(call: Call) -> frozenset[str]:
    """An edit reads first; what only writes meets its errors there."""
    return _BARE if call.tool == "write_file" else frozenset()


def _possible(errno: str, tool: str) -> str:
    """The error that a tool's system calls can end with, and that stands for one that they cannot."""
    if tool == "create_directory" and errno in _HIDDEN_BY_MKDIR:
        return "ENOENT"
    if errno in _OF_WRITES and tool not in _WRITES:
        return "EIO"
    opens = _CALLS.get(tool, "scandir") == "scandir"
    return "EAGAIN" if errno == "EMFILE" and not opens else errno


def _several(call: Call) -> list[str]:
    given = call.arguments if isinstance(call.arguments, dict) else {}
    paths = given.get("paths") if call.tool == "read_multiple_files" else None
    return [path for path in paths if isinstance(path, str)] if isinstance(paths, list) else []


def _quoted(path: Any, said: Said, server: Server, ending: str = "") -> str:
    """A path as the server hands it to the system: absolute, links followed."""
    return f" '{_shown(_real(path, said, server))}{ending}'" if isinstance(path, str) else ""


def _real(path: str, said: Said, server: Server) -> str:
    access = _access(said, server)
    if access is None:
        return path
    try:
        return access.real(path)
    except (Refusal, WorldError):
        return path


def _exists(path: Any, said: Said, server: Server) -> bool:
    access = _access(said, server)
    if access is None or not isinstance(path, str):
        return False
    try:
        access.tree.stat(access.real(path))
    except (Refusal, WorldError, OSError):
        return False
    return True


def _access(said: Said, server: Server) -> Access | None:
    home = getattr(server, "home", None)
    return Access(said.part, home) if isinstance(said.part, FileTree) and home else None


def _shown(path: str) -> str:
    return path[:_PATH_LETTERS_MAX].encode("utf-8", "replace").decode()
