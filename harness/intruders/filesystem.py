"""Read every file, and overwrite, remove or add some that the reference leaves alone."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from harness.intruder import READS_MAX, Damage, Grounds, Try, intruders
from worlds.parts.filesystem import FileTree

_SPOILED: Final = "This file was overwritten by mistake.\n"
_STRAY: Final = ".stray-copy.tmp"
_TRIED_MAX: Final = 5


@intruders.register("filesystem")
class FilesystemIntruder:
    """Goes through a tree."""

    def reads(self, grounds: Grounds) -> Iterable[Try]:
        """One call for each file."""
        tool = "read_text_file" if "read_text_file" in grounds.tools else "read_file"
        paths = islice(_files(grounds), READS_MAX)
        return [Try(grounds.server, tool, {"path": path}) for path in paths]

    def damages(self, grounds: Grounds) -> Iterable[Damage]:
        """A file overwritten, one removed, and one too many."""
        spared = (path for path in _files(grounds) if not grounds.touched(f"{grounds.server}:{path}"))
        paths = list(islice(spared, _TRIED_MAX))
        stray = f"{grounds.part.root.rstrip('/')}/{_STRAY}" if isinstance(grounds.part, FileTree) else ""
        written = [_write(grounds, path, _SPOILED) for path in paths]
        removed = [Try(grounds.server, "remove", {"path": path}, by_tool=False) for path in paths]
        yield Damage(f"a file of {grounds.server} overwritten", written)
        yield Damage(f"a file of {grounds.server} removed", removed)
        yield Damage(f"a file too many in {grounds.server}", [_write(grounds, stray, _SPOILED)])


def _write(grounds: Grounds, path: str, text: str) -> Try:
    if "write_file" in grounds.tools:
        return Try(grounds.server, "write_file", {"path": path, "content": text})
    return Try(grounds.server, "write", {"path": path, "text": text}, by_tool=False)


def _files(grounds: Grounds) -> Iterator[str]:
    """Every file, folder by folder."""
    tree = grounds.part
    if not isinstance(tree, FileTree):
        return
    waiting = [tree.root]
    while waiting:
        folder = waiting.pop(0)
        for name, found in tree.scan(folder):
            path = f"{folder.rstrip('/')}/{name}"
            if found.kind == "dir":
                waiting.append(path)
            elif found.kind == "file":
                yield path
