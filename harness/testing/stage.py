"""What a test holds of its episode: where the agent connects, what it did, and whether it did well."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.acting.client import Answer
from harness.facade import Episode
from harness.serving.toggles import Toggles
from harness.testing.telling import told_story, told_verdict
from harness.trajectory import Step
from harness.verdicts.live_verdict import Verdict
from worlds.changes import Change


class Stage:
    """One episode for one test; usable from synchronous and asynchronous tests."""

    def __init__(self, episode: Episode, name: str, folder: Path, new_folder: Callable[[], Path]) -> None:
        self.episode = episode
        """The episode itself, for forks, snapshots and queries."""
        self.name = name
        """What the marker named."""
        self._folder = folder
        self._new_folder = new_folder
        self._file: Path | None = None

    @property
    def task(self) -> str:
        """What the scenario asks of the agent; empty for a bare world."""
        return self.episode.task

    @property
    def servers(self) -> dict[str, str]:
        """Server name to URL, for MCP clients over streamable HTTP."""
        return self.episode.servers

    @property
    def services(self) -> dict[str, dict[str, str]]:
        """By server that is a service: its `url` for plain HTTP and, where it needs one, its `key`."""
        return self.episode.services

    @property
    def mcp_config(self) -> dict[str, Any]:
        """The servers as the `mcpServers` block that most clients understand."""
        return {"mcpServers": {name: {"type": "http", "url": url} for name, url in self.servers.items()}}

    @property
    def mcp_config_file(self) -> Path:
        """A file that holds `mcp_config`, for agents that are programs."""
        if self._file is None:
            self._file = self._new_folder() / "mcp.json"
            self._file.write_text(json.dumps(self.mcp_config, indent=2), encoding="utf-8")
        return self._file

    @property
    def faults(self) -> Toggles:
        """What goes wrong; may be changed while an agent is connected. Files of profiles lie beside the test."""
        return self.episode.faults.beside(self._folder)

    @property
    def steps(self) -> Sequence[Step]:
        """The calls so far, with what was told and what was true."""
        return self.episode.steps

    def diff(self) -> list[Change]:
        """What differs from the first state, and by whose doing."""
        return self.episode.diff()

    def call(self, server: str, tool: str, arguments: Mapping[str, Any] | None = None) -> Answer:
        """Call a tool as the agent would. Raises NotFound and FateUnknown."""
        return self.episode.call(server, tool, arguments)

    def wait(self, seconds: float) -> None:
        """Let the world's time pass."""
        self.episode.wait(seconds)

    def score(self, answer: str | None = None) -> Verdict:
        """Judge the world as it is; `answer` is what the agent said last."""
        return self.episode.score(answer)

    def check(self, answer: str | None = None) -> Verdict:
        """Judge the world as it is, and fail the test, with what was found, unless the agent succeeded."""
        __tracebackhide__ = True
        verdict = self.score(answer)
        if not verdict.success:
            raise AssertionError(told_verdict(self, verdict, answer))
        return verdict

    def story(self) -> str:
        """Every call so far, with what it was answered, what it changed and which faults fired."""
        return told_story(self)
