"""A real server as it presents itself: its list, its instructions, and every answer as it came."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Final

from sandbox_server.call import Call, Reply
from sandbox_server.families.mcp.link import Link
from sandbox_server.family import Site
from sandbox_server.fingerprint import Fingerprint, fingerprints
from sandbox_server.fingerprints.typescript.manner import VERSIONS
from sandbox_server.surface import Surface
from worlds.companion import Companion

_LISTS: Final = {"resources/list": "resources", "prompts/list": "prompts"}


class _Every(Mapping[str, Mapping[str, Any]]):
    """Tools by name; of one that is not known, too, the real server is asked."""

    def __init__(self, tools: Mapping[str, Mapping[str, Any]]) -> None:
        self._tools = tools

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        return self._tools.get(name) or {"name": name, "inputSchema": {"type": "object"}}

    def __iter__(self) -> Iterator[str]:
        return iter(self._tools)

    def __len__(self) -> int:
        return len(self._tools)

    def __contains__(self, name: object) -> bool:
        return name in self._tools


@dataclass(frozen=True)
class OutsideSurface(Surface):
    """What a real server says of itself."""

    @cached_property
    def by_name(self) -> Mapping[str, Mapping[str, Any]]:
        """The tools by their names."""
        return _Every({tool["name"]: tool for tool in self.tools})


class AsItIs:
    """The fingerprint of a server that answers for itself: whatever was sent is handed on."""

    def __init__(self, like: Fingerprint) -> None:
        self._like = like
        self.name = like.name

    def accept(self, tool: Mapping[str, Any], arguments: Any) -> Reply | dict[str, Any]:
        """Everything that is an object; the real server judges it."""
        return arguments if type(arguments) is dict else {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._like, name)


def surface_of(link: Link) -> Surface:
    """The surface of a server that is connected."""
    hello = link.hello
    offered = hello.get("capabilities", {})
    kept = {name: offered[name] for name in ("tools", "resources", "prompts") if name in offered}
    fingerprint: Any = AsItIs(fingerprints.get("typescript"))
    return OutsideSurface(
        server_info=hello.get("serverInfo", {"name": "server", "version": "0"}),
        capabilities=kept or {"tools": {}},
        fingerprint=fingerprint,
        tools=tuple(link.tools),
        instructions=hello.get("instructions"),
        versions=VERSIONS,
        answers="json",
    )


class OutsideServer:
    """A real server behind the ledger and the faults."""

    dialect: ClassVar[str] = "plain"

    def __init__(self, link: Link) -> None:
        self.link = link
        self.surface = surface_of(link)

    def companions(self) -> Mapping[str, Companion]:
        """Its state is its own."""
        return {}

    async def call(self, call: Call, arguments: dict[str, Any], site: Site) -> Reply:
        """What the real server answers."""
        site.notes["outside"] = True
        meta = {} if call.meta is None else {"_meta": call.meta}
        return await self.link.ask("tools/call", {"name": call.tool, "arguments": call.arguments or arguments, **meta})

    async def request(self, method: str, params: Any, site: Site) -> Reply | None:
        """What the real server answers, if it has such a thing at all."""
        if method.partition("/")[0] not in self.surface.capabilities:
            return None
        site.notes["outside"] = True
        return await self.link.ask(method, params)

    def identity_arguments(self, tool: str, arguments: Any) -> Any:
        """All of them."""
        return arguments
