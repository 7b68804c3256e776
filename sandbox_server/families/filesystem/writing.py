"""The tools that change the tree: write, make a directory, move."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox_server.families.filesystem.access import Access, is_overlong
from sandbox_server.families.filesystem.failures import Refusal, system_error
from sandbox_server.families.filesystem.javascript import to_bytes
from sandbox_server.families.filesystem.reading import status
from worlds.parts.filesystem import FileError, FileTree
from worlds.parts.filesystem.walk import NAME_BYTES_MAX


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
        if path == self.tree.root:  # what lies beside it is not ours to write, and a directory it would stay
            raise system_error(FileError("EISDIR", path), "rename", beside, path)
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
            if is_overlong(path):
                raise FileError("ENAMETOOLONG", path)
            self._refuse_long_name(path)
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

    def _refuse_long_name(self, path: str) -> None:
        """Refuse a name that is too long. Directories are made one by one, so those above it are there by then."""
        if len(path) * 4 < NAME_BYTES_MAX:
            return
        names = path.split("/")
        long = next((at for at, name in enumerate(names) if len(to_bytes(name)) > NAME_BYTES_MAX), None)
        if long is not None:
            self.tree.mkdir("/".join(names[:long]) or "/", now_ns=self.now_ns, parents=True)
            name = "/".join(names[: long + 1])
            raise system_error(FileError("ENAMETOOLONG", name), "mkdir", name)

    def _left_empty(self, error: FileError, path: str) -> Refusal:
        """A full disk: the file is there, but empty, unless there was no room for even its name."""
        try:
            self.tree.write(path, b"", now_ns=self.now_ns, exclusive=True)
        except FileError:
            return system_error(error, "open", path)
        return system_error(error, "write")
