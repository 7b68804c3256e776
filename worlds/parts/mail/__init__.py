"""Mail of one server: mailboxes, an address book, and post that travels on the world's clock and never leaves."""

from collections.abc import Mapping
from typing import Any, ClassVar

from worlds.blobs import Blobs
from worlds.part import Ground, Settings, part_kinds
from worlds.parts.mail.build import build
from worlds.parts.mail.part import MailPart
from worlds.parts.mail.settings import MailSettings

__all__ = ["MailBuilder", "MailPart", "MailSettings"]


@part_kinds.register("mail")
class MailBuilder:
    """Builds the part of a server of kind `mail`."""

    Settings: ClassVar[type[Settings]] = MailSettings

    def build(self, settings: MailSettings, ground: Ground) -> MailPart:
        """The mail in its first state."""
        return build(settings, ground)

    def load(self, manifest: Mapping[str, Any], blobs: Blobs) -> MailPart:
        """The mail that a snapshot holds."""
        return MailPart.load(manifest, blobs)
