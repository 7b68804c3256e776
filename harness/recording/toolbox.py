"""The tools that an agent was shown when its episode began: kept once for all episodes that show the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from harness.errors import HarnessError
from harness.findings import Frozen
from harness.recording.states import found_beside
from harness.recording.step_log import decoded
from harness.staging.prepared import Prepared
from harness.trajectory import Trajectory
from worlds.errors import ArchiveError
from worlds.pack import PackBlobs

_FORMAT: Final = "tools 1"


class ToolsUnknown(HarnessError):
    """A record that does not say which tools its agent was shown."""

    code = "tools"


class ShownServer(Frozen):
    """One server as the agent met it."""

    name: str
    kind: str
    """Its kind in the world file."""
    tools: tuple[Mapping[str, Any], ...]
    """As `tools/list` gives them."""


Toolbox = tuple[ShownServer, ...]


def toolbox_of(prepared: Prepared) -> dict[str, Any]:
    """What an agent is shown at the start, as it is kept; what only people on stage can reach is not in it."""
    presentation, people = prepared.presentation, prepared.scenario.users
    reserved = {server for person in people for server in person.written.servers}
    shown = [
        {"name": name, "kind": presentation.plan.servers[name].kind, "tools": list(server.surface.tools)}
        for name, server in presentation.servers.items()
        if name not in reserved
    ]
    return {"format": _FORMAT, "servers": shown}


def read_toolbox(record: Path, trajectory: Trajectory, known: dict[Path, PackBlobs]) -> Toolbox:
    """The tools that a recorded agent was shown; `known` remembers what was opened. Raises ToolsUnknown."""
    address = trajectory.opening.tools
    hint = "run it again with --out, with this version, and export that run"
    if address is None:
        raise ToolsUnknown(f"{record} does not say which tools there were", hint=hint)
    try:
        blobs = known.get(record.parent) or known.setdefault(record.parent, found_beside(record))
        return _understood(decoded(blobs.get(address)))
    except (ArchiveError, OSError, ValueError, KeyError, TypeError) as error:
        raise ToolsUnknown(f"the tools of {record} cannot be read: {error}", hint=hint) from None


def _understood(kept: Any) -> Toolbox:
    if kept["format"] != _FORMAT:
        raise ValueError(f"{kept['format']!r} is not {_FORMAT!r}")
    return tuple(ShownServer.model_validate(server) for server in kept["servers"])
