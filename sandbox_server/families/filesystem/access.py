"""Which file a path of the agent's means, and whether the server lets it be touched."""

import re
import unicodedata
from bisect import bisect
from typing import Final

from msgspec import Struct

from sandbox_server.families.filesystem import paths
from sandbox_server.families.filesystem.failures import Refusal, system_error
from sandbox_server.families.filesystem.javascript import to_bytes, well_formed
from worlds.parts.filesystem import FileError, FileTree
from worlds.parts.filesystem.walk import PATH_BYTES_MAX

_SLASH: Final = re.compile("/")


def is_overlong(path: str) -> bool:
    """Whether a path is longer than the system takes."""
    return len(path) * 4 > PATH_BYTES_MAX and len(to_bytes(path)) > PATH_BYTES_MAX


class Access(Struct, frozen=True):
    """One tree as the server guards it; `home` is what `~` stands for."""

    tree: FileTree
    home: str

    def real(self, requested: str) -> str:
        """The physical path that a requested path means; its end may be missing. Raises Refusal."""
        tree, path = self.tree, requested
        if path.startswith("~"):
            path = paths.at_home(path, self.home)
        if path[1:2] == ":" and paths.is_drive_path(path):
            raise Refusal(f"Access denied - Windows-style path received on a POSIX host: {requested}")
        absolute = paths.resolve(tree.root, path)
        if not paths.is_within(absolute, tree.root):
            raise Refusal(f"Access denied - path outside allowed directories: {absolute} not in {tree.root}")
        try:
            real = self._realpath(well_formed(absolute))
        except FileError as error:
            if error.errno_name != "ENOENT":
                raise system_error(error, "realpath", absolute) from None
            return well_formed(self._equivalent(absolute))
        self._demand_inside(real)
        return real

    def _realpath(self, absolute: str) -> str:
        """The physical path. An overlong path is only found out once so much of it was seen to exist."""
        if is_overlong(absolute):
            start = absolute.encode()[: PATH_BYTES_MAX + 1].rpartition(b"/")[0]
            self.tree.realpath(start.decode())
            raise FileError("ENAMETOOLONG", absolute)
        return self.tree.realpath(absolute)

    def _equivalent(self, absolute: str) -> str:
        """The path of a missing file, with names that exist in another Unicode form taken as they exist."""
        current = self._plain_start(absolute)
        if not absolute.startswith(paths.under(current, "")):
            return absolute  # beside the root, taken for it because of a blank at its end
        rest, at = absolute[len(paths.under(current, "")) :], 0
        while at < len(rest):
            end = rest.find("/", at) % (len(rest) + 1)  # -1, where there is none, becomes the end
            found = self._entry(current, rest[at:end])
            if found is None:
                return paths.under(current, rest[at:])
            current, at = self._entered(paths.under(current, found), absolute), end + 1
        return current

    def _entered(self, place: str, absolute: str) -> str:
        """The physical path of a name on the way down."""
        try:
            real = self.tree.realpath(place)
        except FileError as error:
            if error.errno_name == "ENOENT":
                raise Refusal(f"Parent directory does not exist: {paths.parent(absolute)}") from None
            raise system_error(error, "realpath", place) from None
        self._demand_inside(real)
        return real

    def _plain_start(self, absolute: str) -> str:
        """The longest part of a path that exists as it is written, without links: to go down to it name by name would
        cost the square of its depth."""
        root = self.tree.root
        if root == "/" or not absolute.startswith(root + "/"):
            return root
        ends = [match.start() for match in _SLASH.finditer(absolute[: PATH_BYTES_MAX + 1], len(root))]
        missing = bisect(ends, 0, key=lambda end: not self._is_plain(absolute[:end]))
        return absolute[: ends[missing - 1]] if missing else root

    def _is_plain(self, path: str) -> bool:
        try:
            return self.tree.realpath(path) == path
        except FileError:
            return False

    def _entry(self, folder: str, name: str) -> str | None:
        """The entry of that name, or the only one that is canonically equivalent to it."""
        if self._exists(folder, name):
            return name
        try:
            entries = self.tree.names(folder)
        except FileError as error:
            raise system_error(error, "scandir", folder) from None
        wanted = unicodedata.normalize("NFC", name)
        same = [entry for entry in entries if not entry.isascii() and unicodedata.normalize("NFC", entry) == wanted]
        if len(same) > 1:
            raise Refusal(f"Ambiguous Unicode path component: {name}")
        return same[0] if same else None

    def _exists(self, folder: str, name: str) -> bool:
        """A quick look that spares reading the directory; in doubt the answer is no."""
        try:
            self.tree.lstat(paths.under(folder, name))
        except FileError:
            return False
        return name != ".."

    def _demand_inside(self, real: str) -> None:
        if not paths.is_within(real, self.tree.root):
            raise Refusal(f"Access denied - symlink target outside allowed directories: {real} not in {self.tree.root}")
