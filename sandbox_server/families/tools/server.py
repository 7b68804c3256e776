"""The server: which function a call is for, and how its value is told."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from fault_injection.asked import Works
from sandbox_server.call import Call, Reply
from sandbox_server.families.tools.function import Function
from sandbox_server.family import Site
from sandbox_server.fingerprint import fingerprints
from sandbox_server.fingerprints.fastmcp import CAPABILITIES, MODERN_CAPABILITIES, NO_LISTS, VERSIONS, FunctionTool
from sandbox_server.surface import Surface
from sandbox_server.tools import Here, Refused
from worlds.companion import Companion

_VERSION: Final = "4.1.2"
"""What FastMCP says of servers that name no version of their own."""


def surface_of(title: str, instructions: str | None, functions: Mapping[str, Function]) -> Surface:
    """What the server presents of itself."""
    entries = tuple(FunctionTool(each.entry(), each.name, each.validator) for each in functions.values())
    return Surface(
        server_info={"name": title, "version": _VERSION},
        capabilities=CAPABILITIES,
        modern_capabilities=MODERN_CAPABILITIES,
        fingerprint=fingerprints.get("fastmcp"),
        tools=entries,
        instructions=instructions,
        versions=VERSIONS,
        lists=NO_LISTS,
    )  # fmt: skip


class ToolsServer:
    """A person's functions behind one server."""

    dialect: ClassVar[str] = "plain"
    unmarked: ClassVar[Works] = "write"
    """What tools do whose author does not say that they only read."""

    def __init__(self, surface: Surface, functions: Mapping[str, Function]) -> None:
        self.surface = surface
        self.functions = functions

    def companions(self) -> Mapping[str, Companion]:
        """What the functions keep lies in the part."""
        return {}

    async def call(self, call: Call, arguments: dict[str, Any], site: Site) -> Reply:
        """Call the function; what it raises undoes what it did and is told as FastMCP tells it."""
        function = self.functions[call.tool]
        here = Here(site, call.server)
        saved = site.world.fork()
        try:
            value = function.function(**({"here": here} if function.takes_here else {}), **arguments)
            told = function.told(value)
        except Refused as refused:
            site.world.undo(saved)
            return self.surface.fingerprint.failure(str(refused))
        except (Exception, SystemExit) as error:  # one that ends the process must not end the stage
            site.world.undo(saved)
            site.notes["raised"] = f"{type(error).__name__}: {error}"
            return self.surface.fingerprint.failure(f"Error calling tool {call.tool!r}: {error}")
        site.world.schedule(here.moment.later, call.server)
        return self._reply(*told)

    def _reply(self, text: str | None, structured: Any) -> Reply:
        reply = self.surface.fingerprint.text(text or "", structured)
        return reply if text is not None or reply.result is None else Reply({**reply.result, "content": []})

    async def request(self, method: str, params: Any, site: Site) -> Reply | None:
        """There is nothing but tools."""
        return None

    def identity_arguments(self, tool: str, arguments: Any) -> Any:
        """All of them: nobody but their author knows which of them name things."""
        return arguments
