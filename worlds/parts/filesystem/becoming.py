"""From what a tree was and what was found in its place, to the operations that make it so."""

import base64
import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from worlds.parts.filesystem.node import Directory, File, Link, Node

FILE_BYTES_MAX: Final = 64 * 1024**2
ALL_BYTES_MAX: Final = 256 * 1024**2
_OWNER_WRITES: Final = 0o200
_OWNER_ENTERS: Final = 0o300


@dataclass(slots=True)
class Findings:
    """Operations in the order in which they can be done, and what was left outside, in words."""

    operations: list[dict[str, Any]] = field(default_factory=list)
    outside: dict[str, str] = field(default_factory=dict)
    """Path to the reason; the empty path stands for everything."""

    @property
    def notes(self) -> list[str]:
        """What was left outside, in words."""
        return [f"{path or '.'}: {reason}" for path, reason in self.outside.items()]


def _nothing() -> bytes:
    return b""


@dataclass(frozen=True, slots=True)
class Found:
    """One entry of what was found."""

    kind: str
    """`file`, `dir` or `link`."""
    mode: int
    size: int = 0
    target: str = ""
    untouched: bool = False
    """Whether it is a file that is known to be what it was."""
    read: Callable[[], bytes] = _nothing
    """The bytes of a file. Raises OSError."""


def becoming(nodes: Mapping[str, Node], entries: Mapping[str, Found], outside: dict[str, str]) -> Findings:
    """What leads from a tree's nodes to what was found, both by path below the root (which is the empty path).

    `outside` says what could not be looked at, by path; it counts as still there.
    """
    findings = Findings(outside=outside)
    gone = [path for path in nodes if path and _gone(path, nodes, entries, outside)]
    work = _Work(nodes, findings)
    work.remove(gone)
    for path in sorted(entries):
        if path:
            work.put(path, entries[path], fresh=path not in nodes or path in gone)
    work.close(entries)
    return findings


class _Work:
    """Operations as they are put together: folders that may not be written are opened first and closed at the end."""

    def __init__(self, nodes: Mapping[str, Node], findings: Findings) -> None:
        self._nodes = nodes
        self._findings = findings
        self._opened: set[str] = set()
        self._modes: dict[str, int] = {}
        self._bytes = 0

    def remove(self, gone: Sequence[str]) -> None:
        """Remove what is gone, whole folders at once."""
        removed = set(gone)
        for path in sorted(gone):
            if not any(above in removed for above in _above(path)):
                self._open(posixpath.dirname(path))
                self._do("remove", path, recursive=True)

    def put(self, path: str, found: Found, *, fresh: bool) -> None:
        """Bring one path to what was found there."""
        old = None if fresh else self._nodes[path]
        if found.kind == "link":
            self._put_link(path, found, old)
        elif found.kind == "dir":
            self._put_folder(path, found, old)
        else:
            self._put_file(path, found, old)

    def close(self, entries: Mapping[str, Found]) -> None:
        """Give folders the modes that they have in the end, the deepest first."""
        for path in self._opened:
            if path in entries:
                self._modes[path] = entries[path].mode
        for path in sorted(self._modes, reverse=True):
            self._do("chmod", path or ".", mode=f"{self._modes[path]:03o}")

    def _put_link(self, path: str, found: Found, old: Node | None) -> None:
        if isinstance(old, Link) and old.target == found.target:
            return
        self._open(posixpath.dirname(path))
        if old is not None:
            self._do("remove", path)
        self._do("symlink", path, target=found.target)

    def _put_folder(self, path: str, found: Found, old: Node | None) -> None:
        if old is None:
            self._open(posixpath.dirname(path))
            self._do("mkdir", path)
        if (old.mode if isinstance(old, Directory) else 0o755) != found.mode:
            self._modes[path] = found.mode

    def _put_file(self, path: str, found: Found, old: Node | None) -> None:
        known = old if isinstance(old, File) else None
        if known is not None and found.untouched:
            return
        data = self._read(path, found)
        if data is None:
            return
        if known is None or data != known.data:
            if known is None:
                self._open(posixpath.dirname(path))
            elif not known.mode & _OWNER_WRITES:
                self._do("chmod", path, mode="644")
            self._do("write", path, **_written(data), mode=f"{found.mode:03o}")
        elif known.mode != found.mode:
            self._do("chmod", path, mode=f"{found.mode:03o}")

    def _read(self, path: str, found: Found) -> bytes | None:
        """The bytes of a file, unless there are too many of them."""
        if found.size > FILE_BYTES_MAX or self._bytes + found.size > ALL_BYTES_MAX:
            self._findings.outside[path] = f"too large ({found.size} bytes)"
            return None
        try:
            data = found.read()
        except OSError as error:
            self._findings.outside[path] = str(error.strerror)
            return None
        self._bytes += len(data)
        return data

    def _open(self, folder: str) -> None:
        """Let a folder of the tree be written, where its mode forbids that."""
        node = self._nodes.get(folder)
        if isinstance(node, Directory) and node.mode & _OWNER_ENTERS != _OWNER_ENTERS and folder not in self._opened:
            self._opened.add(folder)
            self._do("chmod", folder or ".", mode="755")

    def _do(self, operation: str, path: str, **arguments: Any) -> None:
        self._findings.operations.append({"do": operation, "path": path, **arguments})


def _gone(path: str, nodes: Mapping[str, Node], entries: Mapping[str, Found], outside: Mapping[str, str]) -> bool:
    """Whether what was laid out is there no more, or something else is; what was left outside counts as there."""
    found = entries.get(path)
    if found is None:
        return not any(place in outside for place in (path, *_above(path), ""))
    kinds = {"file": File, "dir": Directory, "link": Link}
    return not isinstance(nodes[path], kinds[found.kind])


def _above(path: str) -> Iterator[str]:
    while path:
        path = posixpath.dirname(path)
        if path:
            yield path


def _written(data: bytes) -> dict[str, str]:
    """Bytes as text where they are text."""
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}
