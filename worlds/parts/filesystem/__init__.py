"""A world's files: a virtual POSIX tree with forks, digests and typed changes."""

from worlds.parts.filesystem.errors import FileError
from worlds.parts.filesystem.stat import Stat
from worlds.parts.filesystem.tree import FileTree

__all__ = ["FileError", "FileTree", "Stat"]
