"""A file tree as its owner sees it: one table of all that is in it, permissions notwithstanding."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, Self

from worlds.clock import SECOND, show_time
from worlds.parts.filesystem.compare import decoded, differences, relative
from worlds.parts.filesystem.errors import FileError
from worlds.parts.filesystem.node import Directory, File, Link, Node, at
from worlds.parts.filesystem.reading import FileReads, plain_path
from worlds.relation import Column, Delta, Relation

TEXT_BYTES_MAX: Final = 1 << 20
FILES: Final = Relation(
    "files",
    (
        Column("path"),
        Column("kind"),
        Column("mode"),
        Column("size", "BIGINT"),
        Column("mtime", "TIMESTAMP"),
        Column("sha"),
        Column("text"),
        Column("target"),
    ),
    ("path",),
)
"""`kind` is file, dir or link; `mode` is octal; `sha` is the BLAKE2b-256 of the bytes, as in diffs; `text` is there
for valid UTF-8 of up to 1 MB; `target` is where a link points."""


class FileListing(FileReads):
    """What the owner of a tree can list of it."""

    __slots__ = ()

    def relations(self) -> Sequence[Relation]:
        """The one table `files`."""
        return (FILES,)

    def relation_rows(self, name: str) -> Iterator[tuple[Any, ...]]:
        """Every file, directory and link, the root included, each directory before what is in it."""
        return (_row(path, node) for path, node in walk(self.root, self._now.tree))

    def relation_delta(self, name: str, older: Self) -> Delta | None:
        """What differs from an older tree, marks included; costs the entries of the directories that changed."""
        found = list(differences(self.root, older._now.tree, self._now.tree))
        gone = [(path,) for path, before, _ in found if before is not None]
        return Delta(gone, [_row(path, node) for path, _, node in found if node is not None])

    def node(self, path: str) -> Node:
        """What lies at an absolute path, links not followed. Raises FileError (ENOENT)."""
        if not self.inside(path):
            raise FileError("ENOENT", path)
        found = at(self._now.tree, relative(plain_path(path), self.root))
        if found is None:
            raise FileError("ENOENT", path)
        return found


def walk(path: str, node: Node) -> Iterator[tuple[str, Node]]:
    """A node and everything below it, in byte order of names within each directory."""
    pending = [(path, node)]
    while pending:
        path, node = pending.pop()
        yield path, node
        if type(node) is Directory:
            joint = path if path == "/" else path + "/"
            pending += [(joint + name, child) for name, child in sorted(node.entries.items(), reverse=True)]


def time_text(time_ns: int) -> str:
    """A time to the microsecond, as queries read it."""
    return f"{show_time(time_ns)[:-5]}.{time_ns % SECOND // 1_000:06d}"


def text_of(data: bytes) -> str | None:
    """The text of a file, when it is one and not too long."""
    return decoded(data, TEXT_BYTES_MAX)


def _row(path: str, node: Node) -> tuple[Any, ...]:
    status = node.stat()
    head = (path, status.kind, f"{status.mode:03o}", status.size, time_text(status.mtime_ns))
    if type(node) is File:
        return (*head, node.hash.hex(), text_of(node.data), None)
    return (*head, None, None, node.target if type(node) is Link else None)
