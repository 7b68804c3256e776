"""Tools over one account of a mail server, as connectors to mail providers offer them."""

from typing import Any, ClassVar

from sandbox_server.families.mail.server import MailServer, surface
from sandbox_server.family import Server, families
from sandbox_server.fingerprint import fingerprints
from worlds.part import Settings

__all__ = ["MailFamily", "MailPresentation"]


class MailPresentation(Settings):
    """How mail is presented: there is nothing to choose."""


@families.register("mail")
class MailFamily:
    """Presents one account's mail."""

    Settings: ClassVar[type[Settings]] = MailPresentation

    def server(self, name: str, settings: MailPresentation, part_settings: Any) -> Server:
        """The server of that name."""
        return MailServer(surface(fingerprints.get("typescript")))
