"""File trees to start tests from."""

from pathlib import Path
from typing import Any

from worlds.chance import Chance
from worlds.part import Ground
from worlds.parts.filesystem import FilesystemBuilder, FilesystemSettings, FileTree

NOW_NS = 1_772_000_000_000_000_000


def tree_at(root: str = "/workspace", folder: Path | None = None, **entry: Any) -> FileTree:
    """A tree built from the keys of a world file."""
    settings = FilesystemSettings.model_validate({"root": root, **entry})
    return FilesystemBuilder().build(settings, Ground(folder or Path(), Chance(1), NOW_NS))
