"""What stages remember from day to day, in the user's state folder: one file per world, private, written whole."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox_server.errors import StageError
from sandbox_server.serving.whereabouts import SUFFIX, Whereabouts, note, stages_folder, write_private

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Running:
    """A stage that runs, or that ran until it was killed: how its owner and its relays reach it."""

    pid: int
    admin: str
    """The admin listener's URL."""
    admin_token: str
    agents: str
    """The agents' listener's URL on this machine."""
    relay_token: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """Ports and tokens that a world keeps, so that clients' configurations survive."""

    port: int = 0
    """0 where none is kept yet."""
    admin_port: int = 0
    token: str = ""
    admin_token: str = ""
    actors: Mapping[str, str] = field(default_factory=dict)
    """Token by the name that acts with it."""
    running: Running | None = None


class Memory:
    """The file of one world."""

    def __init__(self, world: str, folder: Path | None = None) -> None:
        """`world` is a built-in world's name or an absolute path."""
        self.world = world
        self.path = (folder or stages_folder()) / file_name(world)

    def read(self) -> Remembered:
        """What is remembered; nothing where there is no file, or none that can be understood."""
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
            return _remembered(data)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return Remembered()

    def write(self, remembered: Remembered) -> None:
        """Keep it, readable for its user alone, whole or not at all. Raises StageError when that cannot be done."""
        data = {"version": VERSION, "world": self.world, **asdict(remembered)}
        try:
            write_private(self.path, json.dumps(data, indent=2))
            note(self.path.with_suffix(SUFFIX), self._whereabouts(remembered.running))
        except OSError as error:
            raise StageError(
                f"ports and tokens cannot be kept in {self.path}: {error.strerror}",
                hint="SOUNDSTAGE_STATE names another folder",
            ) from None

    def _whereabouts(self, running: Running | None) -> Whereabouts | None:
        if running is None:
            return None
        agents = urlsplit(running.agents)
        return Whereabouts(self.world, agents.hostname or "", agents.port or 0, running.relay_token)

    def forget_running(self, pid: int) -> None:
        """Note that the stage of this process has ended; another's stays noted."""
        kept = self.read()
        if kept.running is not None and kept.running.pid == pid:
            self.write(replace(kept, running=None))


def file_name(world: str) -> str:
    """A file name that shows the world's name and differs for every path."""
    place = Path(world)
    stem = place.parent.name if place.stem == "world" else place.stem
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", stem)[:40] or "world"
    return f"{readable}-{hashlib.blake2b(world.encode(), digest_size=4).hexdigest()}.json"


def all_memories(folder: Path | None = None) -> list[Memory]:
    """The files of all worlds, the one written last first."""
    found = []
    for path in (folder or stages_folder()).glob("*.json"):
        if path.name.endswith(SUFFIX):
            continue
        try:
            world = json.loads(path.read_text(encoding="utf-8"))["world"]
            found.append((path.stat().st_mtime_ns, str(world)))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return [Memory(world, folder) for _, world in sorted(found, reverse=True)]


def _remembered(data: dict[str, Any]) -> Remembered:
    if data["version"] != VERSION:
        return Remembered()
    running = data["running"]
    return Remembered(
        port=int(data["port"]),
        admin_port=int(data["admin_port"]),
        token=str(data["token"]),
        admin_token=str(data["admin_token"]),
        actors={str(name): str(token) for name, token in data["actors"].items()},
        running=Running(**running) if running else None,
    )
