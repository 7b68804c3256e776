"""Tools to write to a person and to read the conversation, as a connector of a support chat offers them."""

from typing import Any, ClassVar

from pydantic import Field

from sandbox_server.families.user.server import ChatServer
from sandbox_server.family import Server, families
from worlds.part import Settings

__all__ = ["UserFamily", "UserPresentation"]


class UserPresentation(Settings):
    """How a conversation is presented."""

    reply_timeout: float = Field(
        default=120.0, description="Seconds of the world's time that a call waits for a reply at most.", gt=0, le=86_400
    )


@families.register("user")
class UserFamily:
    """Presents a conversation with one person."""

    Settings: ClassVar[type[Settings]] = UserPresentation

    def server(self, name: str, settings: UserPresentation, part_settings: Any) -> Server:
        """The server of that name."""
        return ChatServer(name, settings.reply_timeout)
