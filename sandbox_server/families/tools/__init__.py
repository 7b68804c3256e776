"""Tools that a person writes as typed Python functions, served as FastMCP would serve them."""

from typing import Any, ClassVar

from pydantic import Field

from sandbox_server.errors import StageError
from sandbox_server.families.tools.loading import functions_in
from sandbox_server.families.tools.server import ToolsServer, surface_of
from sandbox_server.family import Server, families
from worlds.part import Part, Settings
from worlds.parts.tools import ToolsPart

__all__ = ["ToolsFamily", "ToolsPresentation"]


class ToolsPresentation(Settings):
    """How such tools are presented."""

    title: str | None = Field(default=None, description="The server's name towards clients; default: its own name.")
    instructions: str | None = Field(default=None, description="What the server tells clients about itself.")


@families.register("tools")
class ToolsFamily:
    """Presents the functions of a file."""

    Settings: ClassVar[type[Settings]] = ToolsPresentation

    def server(self, name: str, settings: Any, part_settings: Any) -> Server:
        """Impossible without the part: the file lies beside the world's. Raises StageError."""
        raise StageError(f"{name}: such tools are presented from their part")

    def present(self, name: str, settings: ToolsPresentation, part: Part) -> Server:
        """The server of that name. Raises StageError with what is wrong in the file."""
        assert isinstance(part, ToolsPart)
        functions = functions_in(part.code)
        return ToolsServer(surface_of(settings.title or name, settings.instructions, functions), functions)
