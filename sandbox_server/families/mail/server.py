"""The server: which tool does what, and how its outcome is told."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import orjson

from sandbox_server.call import Call, Reply
from sandbox_server.families.mail import reading, tidying, writing
from sandbox_server.families.mail.desk import Desk
from sandbox_server.families.mail.failures import Refusal
from sandbox_server.families.mail.tools import TOOLS
from sandbox_server.family import Site
from sandbox_server.fingerprint import Fingerprint
from sandbox_server.fingerprints.typescript.manner import VERSIONS
from sandbox_server.surface import Surface
from worlds.companion import Companion

_NAMING: Final = ("id", "thread_id", "name", "to", "address", "folder", "query", "reply_to")
"""The arguments that tell one operation from another."""


def surface(fingerprint: Fingerprint) -> Surface:
    """What the server presents of itself."""
    return Surface(
        server_info={"name": "mail-connector", "version": "1.8.2"},
        capabilities={"tools": {"listChanged": True}},
        fingerprint=fingerprint,
        tools=TOOLS,
        versions=VERSIONS,
        answers="json",  # clients bound the size of an event, and an attachment can be larger
    )


class MailServer:
    """One account behind its tools."""

    dialect: ClassVar[str] = "mail"

    def __init__(self, surface: Surface) -> None:
        self.surface = surface

    def companions(self) -> Mapping[str, Companion]:
        """The server remembers nothing."""
        return {}

    async def call(self, call: Call, arguments: dict[str, Any], site: Site) -> Reply:
        """Do what the tool does; a refusal is an `isError` result."""
        desk = Desk(site)
        try:
            told = await self._told(call.tool, desk, arguments)
        except Refusal as refusal:
            return self.surface.fingerprint.failure(f"Error: {refusal.text}")
        site.world.schedule(desk.moment.later, call.server)
        if isinstance(told, Reply):
            return told
        return self.surface.fingerprint.text(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())

    async def _told(self, tool: str, desk: Desk, arguments: Mapping[str, Any]) -> Any:
        if slow := reading.SLOW.get(tool):
            return await slow(desk, arguments)
        return _QUICK[tool](desk, arguments)

    async def request(self, method: str, params: Any, site: Site) -> Reply | None:
        """There is nothing but tools."""
        return None

    def identity_arguments(self, tool: str, arguments: Any) -> Any:
        """Ids, names and addresses; what a message says does not count."""
        return {key: arguments[key] for key in _NAMING if key in arguments} if arguments else {}


_QUICK: Final = {**reading.TOOLS, **writing.TOOLS, **tidying.TOOLS}
