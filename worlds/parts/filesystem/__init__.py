"""A world's files: a virtual POSIX tree with forks, digests and typed changes."""

from collections.abc import Mapping
from typing import Any, ClassVar

from worlds.blobs import Blobs
from worlds.part import Ground, Settings, part_kinds
from worlds.parts.filesystem.build import build
from worlds.parts.filesystem.errors import FileError
from worlds.parts.filesystem.settings import FilesystemSettings
from worlds.parts.filesystem.skeleton import HOME
from worlds.parts.filesystem.stat import Stat
from worlds.parts.filesystem.tree import FileTree

__all__ = ["HOME", "FileError", "FileTree", "FilesystemBuilder", "FilesystemSettings", "Stat"]


@part_kinds.register("filesystem")
class FilesystemBuilder:
    """Builds the part of a server of kind `filesystem`."""

    Settings: ClassVar[type[Settings]] = FilesystemSettings

    def build(self, settings: FilesystemSettings, ground: Ground) -> FileTree:
        """The files in their first state."""
        return build(settings, ground)

    def load(self, manifest: Mapping[str, Any], blobs: Blobs) -> FileTree:
        """The files that a snapshot holds."""
        return FileTree.load(manifest, blobs)
