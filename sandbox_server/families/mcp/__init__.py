"""Real MCP servers behind our ledger and faults. They have one state for all episodes, and it cannot be put back."""

from typing import Any, ClassVar

from sandbox_server.errors import StageError
from sandbox_server.families.mcp.link import Link
from sandbox_server.families.mcp.server import OutsideServer
from sandbox_server.family import Server, families
from worlds.part import Part, Settings
from worlds.parts.mcp import OutsidePart

__all__ = ["OutsideFamily", "OutsidePresentation"]


class OutsidePresentation(Settings):
    """How a real server is presented: as it presents itself."""


@families.register("mcp")
class OutsideFamily:
    """Connects to the server that a part stands for."""

    Settings: ClassVar[type[Settings]] = OutsidePresentation

    def server(self, name: str, settings: Any, part_settings: Any) -> Server:
        """Impossible without the part. Raises StageError."""
        raise StageError(f"{name}: a real server is presented from its part")

    def present(self, name: str, settings: OutsidePresentation, part: Part) -> Server:
        """The server of that name. Raises StageError where it cannot be reached."""
        assert isinstance(part, OutsidePart)
        return OutsideServer(Link(part.settings, part.folder))
