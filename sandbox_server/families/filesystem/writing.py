"""The tools that change the tree: write, make a directory, move."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox_server.families.filesystem.access import Access
from sandbox_server.families.filesystem.failures import Refusal, system_error
from sandbox_server.families.filesystem.javascript import to_bytes
from sandbox_server.families.filesystem.reading import status
from worlds.parts.filesystem import FileError, FileTree


@dataclass(frozen=True, slots=True)
class Pen:
    """What writing needs: the tree, the time, and where the digits of temporary names come from."""

    access: Access
    now_ns: int
    digits: Callable[[], str]

    @property
    def tree(self) -> FileTree:
        """The tree that is written to."""
        return self.access.tree

    def write(self, requested: str, text: str) -> None:
        """Create a file, or put another in the place of the one that is there, with its permissions."""
        path, data = self.access.real(requested), to_bytes(text)
        try:
            self.tree.write(path, data, now_ns=self.now_ns, exclusive=True)
        except FileError as error:
            if error.errno_name == "ENOSPC":
                raise self._left_empty(error, path) from None
            if error.errno_name != "EEXIST":
                raise system_error(error, "open", path) from None
            self.replace(path, data)

    def replace(self, path: str, data: bytes) -> None:
        """Put a new file with these bytes in the place of a file: written beside it, then renamed."""
        mode = status(self.tree, path).mode
        beside = f"{path}.{self.digits()}.tmp"
        try:
            self.tree.write(beside, data, now_ns=self.now_ns)
        except FileError as error:
            call = ("write", "") if error.errno_name == "ENOSPC" else ("open", beside)
            raise system_error(error, *call) from None
        try:
            self.tree.rename(beside, path, now_ns=self.now_ns)
        except FileError as error:
            self.tree.remove(beside, now_ns=self.now_ns)
            raise system_error(error, "rename", beside, path) from None
        self.tree.chmod(path, mode & 0o777)

    def make_directory(self, requested: str) -> None:
        """Make a directory and those above it; one that exists already is fine."""
        path = self.access.real(requested)
        try:
            self.tree.mkdir(path, now_ns=self.now_ns, parents=True)
        except FileError as error:
            raise system_error(error, "mkdir", path) from None

    def move(self, source: str, destination: str) -> None:
        """Rename a file, directory or link to a name that is not taken."""
        old, new = self.access.real(source), self.access.real(destination)
        try:
            self.tree.lstat(new)
        except FileError as error:
            if error.errno_name != "ENOENT":
                raise system_error(error, "lstat", new) from None
        else:
            raise Refusal(f"Destination already exists: {new}")
        try:
            self.tree.rename(old, new, now_ns=self.now_ns)
        except FileError as error:
            if error.errno_name == "EXDEV" and old == self.tree.root:
                error = FileError("EINVAL", old)  # below itself: all that can be reached is
            raise system_error(error, "rename", old, new) from None

    def _left_empty(self, error: FileError, path: str) -> Refusal:
        """A full disk: the file is there, but empty, unless there was no room for even its name."""
        try:
            self.tree.write(path, b"", now_ns=self.now_ns, exclusive=True)
        except FileError:
            return system_error(error, "open", path)
        return system_error(error, "write")
