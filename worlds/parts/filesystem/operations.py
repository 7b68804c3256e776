"""Operations on a file tree given as data: what events, faults and world changes do to files.

Relative paths start at the root. `write`, `append` and `move` make missing directories on the way.
"""

import posixpath
from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import Field, ValidationError, model_validator

from worlds.errors import UnknownName, WorldError
from worlds.part import Settings
from worlds.parts.filesystem.content import Base64, Mode, Target, Text, content
from worlds.parts.filesystem.errors import FileError
from worlds.parts.filesystem.writing import FileWrites

Path = Annotated[str, Field(min_length=1)]
PATH: Final = "Absolute, or relative to the root."


class Operation(Settings):
    """One operation and its arguments."""

    @abstractmethod
    def run(self, tree: FileWrites, now_ns: int) -> None:
        """Do it at a time. Raises FileError."""


class Filling(Operation):
    """An operation that puts bytes somewhere."""

    path: Path = Field(description=PATH)
    text: Text | None = Field(None, description="Content as text, stored as UTF-8.")
    base64: Base64 | None = Field(None, description="Content as base64.")

    @model_validator(mode="after")
    def _one_content(self) -> Self:
        if (self.text is None) is (self.base64 is None):
            raise ValueError("give the content as text or as base64")
        return self

    def data(self) -> bytes:
        """The bytes."""
        return content(self.text, self.base64)


class Write(Filling):
    """Create a file or replace its content."""

    mode: Mode | None = Field(None, description="Permission bits in octal digits; kept when absent.")

    def run(self, tree: FileWrites, now_ns: int) -> None:
        """Write, then set the mode if one is given."""
        path = _with_parents(tree, self.path, now_ns)
        tree.write(path, self.data(), now_ns=now_ns)
        if self.mode is not None:
            tree.chmod(path, int(self.mode, 8))


class Append(Filling):
    """Add to the end of a file, which is created if it is missing."""

    def run(self, tree: FileWrites, now_ns: int) -> None:
        """Read what is there and write it back with more."""
        path = _with_parents(tree, self.path, now_ns)
        try:
            before = tree.read(path)
        except FileError as error:
            if error.errno_name != "ENOENT":
                raise
            before = b""
        tree.write(path, before + self.data(), now_ns=now_ns)


class Remove(Operation):
    """Remove a file, a link or an empty directory; with `recursive` also what a directory holds."""

    path: Path = Field(description=PATH)
    recursive: bool = Field(False, description="Remove a directory with all that it holds.")

    def run(self, tree: FileWrites, now_ns: int) -> None:
        """Remove what is there, by its kind."""
        path = absolute(tree, self.path)
        if self.recursive:
            tree.discard(path, now_ns=now_ns)
        elif tree.lstat(path).kind == "dir":
            tree.rmdir(path, now_ns=now_ns)
        else:
            tree.remove(path, now_ns=now_ns)


class Move(Operation):
    """Rename a file, directory or link."""

    path: Path = Field(description=PATH)
    to: Path = Field(description=PATH)

    def run(self, tree: FileWrites, now_ns: int) -> None:
        """Rename as the system call does."""
        tree.rename(absolute(tree, self.path), _with_parents(tree, self.to, now_ns), now_ns=now_ns)


class Mkdir(Operation):
    """Make a directory and those above it; one that is there already is left as it is."""

    path: Path = Field(description=PATH)
    mode: Mode = Field("755", description="Permission bits in octal digits.")

    def run(self, tree: FileWrites, now_ns: int) -> None:
        """Make what is missing."""
        tree.mkdir(absolute(tree, self.path), now_ns=now_ns, parents=True, mode=int(self.mode, 8))


class Symlink(Operation):
    """Make a symbolic link."""

    path: Path = Field(description=PATH)
    target: Target = Field(description="What the link says; it need not exist.")

    def run(self, tree: FileWrites, now_ns: int) -> None:
        """Make it."""
        tree.symlink(self.target, _with_parents(tree, self.path, now_ns), now_ns=now_ns)


class Chmod(Operation):
    """Set permission bits."""

    path: Path = Field(description=PATH)
    mode: Mode = Field(description="Permission bits in octal digits.")

    def run(self, tree: FileWrites, now_ns: int) -> None:
        """Set them, links followed."""
        tree.chmod(absolute(tree, self.path), int(self.mode, 8))


OPERATIONS: Final[Mapping[str, type[Operation]]] = {
    kind.__name__.lower(): kind for kind in (Write, Append, Remove, Move, Mkdir, Symlink, Chmod)
}


def perform(tree: FileWrites, operation: str, arguments: Mapping[str, Any], now_ns: int) -> None:
    """Do one operation by its name. Raises WorldError with the known names, with what is wrong, or as FileError."""
    kind = OPERATIONS.get(operation)
    if kind is None:
        raise UnknownName(f"files know no operation {operation!r}", hint=f"one of: {', '.join(OPERATIONS)}")
    try:
        asked = kind.model_validate(dict(arguments))
    except ValidationError as error:
        raise WorldError(f"{operation}: {_words(error)}", hint=f"accepted: {', '.join(kind.model_fields)}") from None
    asked.run(tree, now_ns)


def absolute(tree: FileWrites, path: str) -> str:
    """The path below the root if it is relative."""
    return posixpath.join(tree.root, path)


def _with_parents(tree: FileWrites, path: str, now_ns: int) -> str:
    whole = absolute(tree, path)
    above = posixpath.dirname(whole.rstrip("/"))
    if tree.inside(above):
        tree.mkdir(above, now_ns=now_ns, parents=True)
    return whole


def _words(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'arguments'}: {e['msg']}" for e in error.errors())
