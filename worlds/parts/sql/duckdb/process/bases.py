"""A worker's own copies of bases, linked to by the databases that start from them, and copied anew when touched."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from worlds.parts.sql.duckdb.messages import Reach

KEPT_MAX = 8


@dataclass(slots=True)
class _Copy:
    """A copied file as it should be."""

    size: int
    changed_ns: int


class Bases:
    """Copies of base files in a worker's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "bases"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._copies: dict[str, _Copy] = {}

    def get(self, reach: Reach) -> Path:
        """The worker's own copy of a base."""
        path = self.folder / reach.base
        if reach.base not in self._copies:
            self._make_room()
            shutil.copyfile(reach.path, path)
            found = path.stat()
            self._copies[reach.base] = _Copy(found.st_size, found.st_mtime_ns)
        return path

    def check(self, path: Path) -> None:
        """Drop a copy that a database has written into: large inserts reach the file before any checkpoint."""
        kept, found = self._copies.get(path.name), path.stat()
        if kept and (found.st_size, found.st_mtime_ns) != (kept.size, kept.changed_ns):
            del self._copies[path.name]
            path.unlink()

    def _make_room(self) -> None:
        while len(self._copies) >= KEPT_MAX:
            oldest = next(iter(self._copies))
            del self._copies[oldest]
            (self.folder / oldest).unlink(missing_ok=True)
