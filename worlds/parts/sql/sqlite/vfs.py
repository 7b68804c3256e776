"""The file system, clock and randomness that SQLite sees: a database's pages, memory, the world's time and chance.

A connection opened here can reach no file of the machine, whatever the statement: there is no path to one.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import apsw

from worlds.parts.sql.sqlite.files import MemoryFile
from worlds.parts.sql.sqlite.mount import Mount

VFS_NAME: Final = "pages"
DATABASE_PATH: Final = "/data/sqlite_mcp_server.db"
"""What `PRAGMA database_list` shows."""
_UNIX_EPOCH_JULIAN_MS: Final = 210_866_760_000_000
_DAY_MS: Final = 86_400_000


@dataclass(slots=True)
class Scene:
    """What the statement that runs now may use."""

    mount: Mount
    now_ns: int = 0
    draw: Callable[[], bytes] | None = None
    """Gives 32 bytes from which SQLite's random numbers of this statement come; None where nothing depends on them."""
    drawn: bool = False
    files: dict[str, MemoryFile] = field(default_factory=dict)
    """Rollback journals by name; temporary files have none."""


class _Here(threading.local):
    scene: Scene | None = None


_HERE: Final = _Here()


class on_scene:
    """Let SQLite in this thread see a scene for a while. Its generator of random numbers starts anew if it matters."""

    __slots__ = ("_before", "_scene")

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def __enter__(self) -> None:
        self._before = _HERE.scene
        _HERE.scene = self._scene
        if self._scene.draw is not None:
            apsw.randomness(0)

    def __exit__(self, *_: object) -> None:
        _HERE.scene = self._before
        if self._scene.drawn:
            apsw.randomness(0)


class PagesVFS(apsw.VFS):
    """Opens the scene's database under one name, and memory for everything else that SQLite itself needs."""

    def __init__(self) -> None:
        super().__init__(VFS_NAME, base=None)

    def xOpen(self, name: Any, flags: list[int]) -> Any:
        """The database, its journal, or a temporary file; nothing else can be opened."""
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        scene = _HERE.scene
        if scene is None:
            raise apsw.CantOpenError("no statement is running")
        if path is None or flags[0] & (apsw.SQLITE_OPEN_DELETEONCLOSE | apsw.SQLITE_OPEN_TRANSIENT_DB):
            return MemoryFile()
        if flags[0] & apsw.SQLITE_OPEN_MAIN_DB and path == DATABASE_PATH:
            return scene.mount
        if flags[0] & apsw.SQLITE_OPEN_MAIN_JOURNAL and path == f"{DATABASE_PATH}-journal":
            return scene.files.setdefault(path, MemoryFile())
        raise apsw.CantOpenError(f"unable to open database: {path}")

    def xAccess(self, name: str, flags: int) -> bool:
        """Whether a journal is there."""
        return _HERE.scene is not None and name in _HERE.scene.files

    def xDelete(self, name: str, sync: bool) -> None:
        """Remove a journal."""
        if _HERE.scene is not None:
            _HERE.scene.files.pop(name, None)

    def xFullPathname(self, name: str) -> str:
        """Names are full already."""
        return name

    def xRandomness(self, amount: int) -> bytes:
        """Only names of temporary files ask here."""
        return bytes(amount)

    def xCurrentTimeInt64(self) -> int:
        """The world's time in milliseconds of the Julian day."""
        now_ns = _HERE.scene.now_ns if _HERE.scene else 0
        return _UNIX_EPOCH_JULIAN_MS + now_ns // 1_000_000

    def xCurrentTime(self) -> float:
        """The world's time in Julian days."""
        return self.xCurrentTimeInt64() / _DAY_MS

    def xSleep(self, microseconds: int) -> int:
        """Time does not pass inside a statement."""
        return microseconds

    def xGetLastError(self) -> tuple[int, str]:
        """There is no system behind it."""
        return 0, ""


class SeededVFS(apsw.VFS):
    """The machine's own file system with one difference: on a scene, random numbers come from the scene's seed.

    SQLite has one generator per process and seeds it from its default file system.
    """

    def __init__(self) -> None:
        super().__init__("seeded", base="", makedefault=True)

    def xRandomness(self, amount: int) -> bytes:
        """The seed, repeated as often as needed."""
        scene = _HERE.scene
        if scene is None or scene.draw is None:
            return super().xRandomness(amount)
        scene.drawn = True
        seed = scene.draw()
        return (seed * (amount // len(seed) + 1))[:amount]


PAGES: Final = PagesVFS()
SEEDED: Final = SeededVFS()
