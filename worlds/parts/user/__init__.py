"""A conversation with one person: what was written, by whom and when. Who the person is stays elsewhere."""

from collections.abc import Mapping
from typing import Any, ClassVar

from worlds.blobs import Blobs
from worlds.part import Ground, Settings, part_kinds
from worlds.parts.user.conversation import Conversation, first_messages
from worlds.parts.user.settings import UserSettings

__all__ = ["Conversation", "UserBuilder", "UserSettings"]


@part_kinds.register("user")
class UserBuilder:
    """Builds the part of a server of kind `user`."""

    Settings: ClassVar[type[Settings]] = UserSettings

    def build(self, settings: UserSettings, ground: Ground) -> Conversation:
        """The conversation with the messages that were written before."""
        return Conversation(first_messages(settings, ground))

    def load(self, manifest: Mapping[str, Any], blobs: Blobs) -> Conversation:
        """The conversation that a snapshot holds."""
        return Conversation.load(manifest, blobs)
