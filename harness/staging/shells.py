"""Shells of a scenario's world: on which trees their commands work, and where such commands cannot be run."""

from collections.abc import Iterable
from typing import Final

from harness.errors import HarnessError
from harness.scenario import Scenario
from sandbox_server.hands.hands import NEEDED
from worlds.parts.filesystem.settings import FilesystemSettings
from worlds.parts.shell import ShellSettings

_SYSTEM: Final = frozenset(
    {"bin", "boot", "dev", "etc", "lib", "lib64", "opt", "proc", "run", "sbin", "sys", "tmp", "usr"}
)
"""Folders at the top of images."""


class ShellError(HarnessError):
    """Commands that cannot be run as they were asked for."""

    code = "shell"


def tree_roots(scenario: Scenario) -> set[str]:
    """The roots of the trees on which commands of shells work; none where a world has no shell. Raises FileProblem."""
    servers = scenario.world.servers
    found: set[str] = set()
    for server in servers.values():
        if server.kind != "shell":
            continue
        settings = scenario.world.part_settings(server)
        assert isinstance(settings, ShellSettings)
        tree = servers.get(settings.tree)
        if tree is not None and tree.kind == "filesystem":
            files = scenario.world.part_settings(tree)
            assert isinstance(files, FilesystemSettings)
            found.add(files.root)
    return found


def shell_of(scenario: Scenario) -> str | None:
    """The first server of a world that runs commands; None where there is none."""
    return next((name for name, server in scenario.world.servers.items() if server.kind == "shell"), None)


def refuse_shells(scenarios: Iterable[Scenario], where: str) -> None:
    """Refuse scenarios with shells where no commands are run. Raises ShellError."""
    for scenario in scenarios:
        name = shell_of(scenario)
        if name is not None:
            raise ShellError(f"{scenario.name}: {name} runs commands, which {where} cannot do", hint=NEEDED)


def refuse_system_roots(scenarios: Iterable[Scenario]) -> None:
    """Refuse trees that lie where an image has its own files. Raises ShellError."""
    for scenario in scenarios:
        for root in tree_roots(scenario):
            if root == "/" or root.split("/")[1] in _SYSTEM:
                raise ShellError(
                    f"{scenario.name}: commands cannot work on a tree at {root}, where the system has its own files",
                    hint="give the tree another root, such as /workspace",
                )
