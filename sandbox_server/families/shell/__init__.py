"""A command tool on the tree of a file server, for worlds whose commands run in a container."""

from typing import Any, ClassVar

from sandbox_server.families.shell.server import ShellServer
from sandbox_server.family import Server, families
from worlds.part import Settings

__all__ = ["ShellFamily", "ShellPresentation"]


class ShellPresentation(Settings):
    """How a shell is presented: there is nothing to choose."""


@families.register("shell")
class ShellFamily:
    """Presents a shell."""

    Settings: ClassVar[type[Settings]] = ShellPresentation

    def server(self, name: str, settings: ShellPresentation, part_settings: Any) -> Server:
        """The server of that name."""
        return ShellServer(name, part_settings)
