"""Tools over a file tree, as `@modelcontextprotocol/server-filesystem` 2026.8.31 offers them."""

from typing import Any, ClassVar

from pydantic import Field

from sandbox_server.families.filesystem.server import FilesystemServer, surface
from sandbox_server.family import Server, families
from sandbox_server.fingerprint import fingerprints
from worlds.part import Settings

__all__ = ["FilesystemFamily", "FilesystemPresentation"]


class FilesystemPresentation(Settings):
    """How files are presented."""

    home: str = Field(
        default="/root", pattern=r"^/", description="The home directory that `~` stands for, an absolute path."
    )


@families.register("filesystem")
class FilesystemFamily:
    """Presents a file tree with the fourteen tools of the well-known server."""

    Settings: ClassVar[type[Settings]] = FilesystemPresentation

    def server(self, name: str, settings: FilesystemPresentation, part_settings: Any) -> Server:
        """The server of that name."""
        return FilesystemServer(surface(fingerprints.get("typescript")), home=settings.home)
