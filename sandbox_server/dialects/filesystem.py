"""The reference filesystem server: errors of the operating system as Node words them, naming the call and the path."""

from collections.abc import Mapping
from typing import Any, Final

from fault_injection.asked import Works
from fault_injection.scene import Meaning, Said
from sandbox_server.call import Call, Reply
from sandbox_server.dialect import dialects
from sandbox_server.family import Server

_ERRORS: Final[Mapping[Meaning, str]] = {
    "error": "EIO: i/o error",
    "limited": "EMFILE: too many open files",
    "quota": "ENOSPC: no space left on device",
    "unavailable": "EIO: i/o error",
    "auth_expired": "EACCES: permission denied",
    "forbidden": "EPERM: operation not permitted",
    "not_found": "ENOENT: no such file or directory",
    "locked": "EBUSY: resource busy or locked",
    "deadlock": "EAGAIN: resource temporarily unavailable",
    "conflict": "EBUSY: resource busy or locked",
    "full": "ENOSPC: no space left on device",
    "read_only": "EROFS: read-only file system",
    "timeout": "ETIMEDOUT: connection timed out",
}
_CALLS: Final = {
    "list_directory": "scandir", "list_directory_with_sizes": "scandir", "directory_tree": "scandir",
    "search_files": "scandir", "get_file_info": "stat", "create_directory": "mkdir", "move_file": "rename",
}  # fmt: skip
_WRITES: Final = frozenset(("write_file", "edit_file", "create_directory", "move_file"))
_BARE: Final = frozenset(("full", "quota", "error", "unavailable"))
"""Failures of a descriptor that is open already, whose errors name no path."""
_PATH_LETTERS_MAX: Final = 4_096


@dialects.register("filesystem")
class Filesystem:
    """Errors of system calls."""

    def say(self, meaning: Meaning, said: Said, call: Call, server: Server) -> Reply:
        """An `isError` result with the system's error; how long to wait, no system call says."""
        if said.text:
            return server.surface.fingerprint.failure(said.text)
        opened = call.tool not in _CALLS
        if opened and meaning in _BARE:
            verb, place = "write" if call.tool in _WRITES else "read", ""
        else:
            verb, place = _CALLS.get(call.tool, "open"), _place(call.arguments)
        return server.surface.fingerprint.failure(f"{_ERRORS[meaning]}, {verb}{place}")

    def works(self, call: Call, server: Server) -> Works:
        """Four tools write."""
        return "write" if call.tool in _WRITES else "read"


def _place(arguments: Any) -> str:
    """The path or paths that a system call names."""
    given = arguments if isinstance(arguments, dict) else {}
    if isinstance(given.get("source"), str) and isinstance(given.get("destination"), str):
        return f" '{_shown(given['source'])}' -> '{_shown(given['destination'])}'"
    paths = given.get("paths")
    path = paths[0] if isinstance(paths, list) and paths else given.get("path")
    return f" '{_shown(path)}'" if isinstance(path, str) else ""


def _shown(path: str) -> str:
    return path[:_PATH_LETTERS_MAX].encode("utf-8", "replace").decode()
