"""Servers of the user's own, which an agent is given beside ours; nothing that it does there is recorded."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.agent import AgentError
from harness.scenario import Scenario


@dataclass(frozen=True, slots=True)
class OwnServers:
    """What a `mcpServers` file holds."""

    entries: Mapping[str, Any] = field(default_factory=dict)
    """Server name to how it is reached, as the file says it."""
    file: Path | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the servers."""
        return tuple(self.entries)

    def refuse_clashes(self, scenario: Scenario) -> None:
        """Refuse names that the scenario's servers have. Raises AgentError."""
        clashing = [name for name in self.entries if name in scenario.world.servers]
        if clashing:
            raise AgentError(
                f"{self.file}: {', '.join(clashing)} is the name of a server of {scenario.name} as well",
                hint="give your server another name",
            )


def read_own_servers(path: Path | None) -> OwnServers:
    """The servers in a file such as MCP clients read; none where there is no file. Raises AgentError."""
    if path is None:
        return OwnServers()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise AgentError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise AgentError(f"{path} is no JSON: {error}") from None
    entries = data.get("mcpServers") if isinstance(data, dict) else None
    if not isinstance(entries, dict) or not all(map(_reachable, entries.values())):
        raise AgentError(
            f"{path} does not list servers",
            hint='write {"mcpServers": {"NAME": {"command": "...", "args": []}}}, or a "url" instead of a command',
        )
    return OwnServers(entries, path)


def server_list(servers: Mapping[str, str], own: OwnServers = OwnServers()) -> dict[str, object]:
    """URLs, and the user's own servers, in the form that MCP clients read."""
    ours = {name: {"type": "http", "url": url} for name, url in servers.items()}
    return {"mcpServers": {**ours, **own.entries}}


def _reachable(entry: object) -> bool:
    return isinstance(entry, dict) and any(isinstance(entry.get(key), str) for key in ("command", "url"))
