"""The shell: a command runs in a container on a copy of the tree, and what it did there is done to the tree."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import orjson

from sandbox_server.call import Call, Reply
from sandbox_server.errors import StageError
from sandbox_server.families.shell.tools import SECONDS_MIN, shell_surface
from sandbox_server.family import Site
from sandbox_server.hands.hands import hands_here
from sandbox_server.hands.job import Job, Ran
from worlds.companion import Companion
from worlds.errors import WorldError
from worlds.part import Moment, Part
from worlds.parts.filesystem.tree import FileTree
from worlds.parts.shell import ShellSettings

RAN: Final = "ran"
"""The note in which the ledger keeps what a command came to: a replay hands it in and runs nothing."""
_UNTAKEN: Final = "not_taken"


class ShellServer:
    """One shell behind one tool."""

    def __init__(self, name: str, settings: ShellSettings) -> None:
        self.name = name
        self.settings = settings
        self.surface = shell_surface(settings.seconds, settings.output_bytes)

    def companions(self) -> Mapping[str, Companion]:
        """Every command starts afresh."""
        return {}

    def lean(self, parts: Mapping[str, Part]) -> None:
        """Refuse a tree that is none. Raises StageError."""
        if not isinstance(parts.get(self.settings.tree), FileTree):
            trees = [name for name, part in parts.items() if isinstance(part, FileTree)]
            raise StageError(
                f"tree: {self.settings.tree!r} is no server of kind filesystem",
                hint=f"name one of: {', '.join(trees)}" if trees else "give the world a server of kind filesystem",
            )

    async def call(self, call: Call, arguments: dict[str, Any], site: Site) -> Reply:
        """Run a command, or take what the record says that it came to."""
        tree = site.world.parts[self.settings.tree]
        assert isinstance(tree, FileTree)
        if RAN in site.notes:
            ran = Ran(**site.notes[RAN])
        else:
            ran = await hands_here().run(self._job(tree, arguments))
            site.notes[RAN] = orjson.loads(orjson.dumps(asdict(ran)))
        self._take(tree, ran, site)
        return self._told(ran)

    async def request(self, method: str, params: Any, site: Site) -> Reply | None:
        """There is nothing but tools."""
        return None

    def identity_arguments(self, tool: str, arguments: Any) -> Any:
        """All of them."""
        return arguments

    def _job(self, tree: FileTree, arguments: Mapping[str, Any]) -> Job:
        seconds = max(SECONDS_MIN, min(self.settings.seconds, arguments.get("timeout") or self.settings.seconds))
        return Job.on(tree, arguments["command"], arguments.get("cwd"), seconds, self.settings.output_bytes)

    def _take(self, tree: FileTree, ran: Ran, site: Site) -> None:
        """Do to the tree what the command did; what it refuses is noted."""
        moment = Moment(site.world.clock.now_ns, "agent", site.world.chance.derive("shell"))
        untaken = list(ran.outside)
        for operation in ran.operations:
            arguments = {name: value for name, value in operation.items() if name != "do"}
            try:
                tree.perform(str(operation["do"]), arguments, moment)
            except WorldError as error:
                untaken.append(f"{operation.get('path')}: {error.message}")
        if untaken:
            site.notes[_UNTAKEN] = untaken[:100]

    def _told(self, ran: Ran) -> Reply:
        if ran.exit is None:
            return self.surface.fingerprint.failure(f"Error executing tool run_command: {ran.refused}")
        told = {
            "stdout": ran.out, "stderr": ran.err, "exit_code": ran.exit, "timed_out": ran.late,
            "stdout_truncated": ran.out_cut, "stderr_truncated": ran.err_cut,
        }  # fmt: skip
        return self.surface.fingerprint.text(orjson.dumps(told).decode(), told)
