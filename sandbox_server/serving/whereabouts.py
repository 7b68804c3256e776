"""Where relays find stages: a file beside each stage's own that holds an address and a secret, and no owner's token."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from sandbox_server.errors import NotFound
from worlds import host

SUFFIX: Final = ".relay.json"


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """One stage's agents' listener on this machine, and the secret that opens lines there."""

    world: str
    address: str
    port: int
    secret: str


def stages_folder() -> Path:
    """Where stages are noted."""
    return host.state_folder() / "stages"


def write_private(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable for its user alone. Raises OSError."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def note(path: Path, whereabouts: Whereabouts | None) -> None:
    """Note where a stage is, or that it is nowhere. Raises OSError."""
    if whereabouts is None:
        path.unlink(missing_ok=True)
    else:
        write_private(path, json.dumps(asdict(whereabouts)))


def find_whereabouts(world: str | None, folder: Path | None = None) -> list[Whereabouts]:
    """Where stages of a world (or of any) were noted, the latest first. Raises NotFound when there is none."""
    noted = []
    for path in (folder or stages_folder()).glob(f"*{SUFFIX}"):
        try:
            noted.append((path.stat().st_mtime_ns, Whereabouts(**json.loads(path.read_text(encoding="utf-8")))))
        except (OSError, ValueError, TypeError):
            continue
    found = [item for _, item in sorted(noted, key=lambda pair: -pair[0]) if world is None or item.world in keys(world)]
    if not found:
        raise NotFound("no server is running" if world is None else f"{world} is not running")
    return found


def keys(world: str) -> tuple[str, ...]:
    """What a name or path on a command line may be filed as."""
    path = Path(world).resolve()
    return world, str(path), str(path / "world.yaml")
