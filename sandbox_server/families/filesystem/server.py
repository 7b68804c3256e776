"""The server: which tool does what, and how its outcome is told."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar, Final, cast

from sandbox_server.aside import in_turns
from sandbox_server.call import ABSENT, Call, Reply
from sandbox_server.families.filesystem import listing, reading, walking
from sandbox_server.families.filesystem.access import Access
from sandbox_server.families.filesystem.edits import edit_steps, plain_newlines
from sandbox_server.families.filesystem.failures import Refusal
from sandbox_server.families.filesystem.javascript import to_bytes, well_formed
from sandbox_server.families.filesystem.tools import TOOLS
from sandbox_server.families.filesystem.writing import Pen
from sandbox_server.family import Site
from sandbox_server.fingerprint import Fingerprint
from sandbox_server.fingerprints.typescript.manner import VERSIONS
from sandbox_server.surface import Surface
from worlds.companion import Companion
from worlds.parts.filesystem import FileTree

_PLACES: Final = ("path", "paths", "source", "destination", "pattern")
"""The arguments that tell one operation from another."""

Arguments = Mapping[str, Any]


def surface(fingerprint: Fingerprint) -> Surface:
    """What the server presents of itself."""

    def unknown_tool(name: str, arguments: Any) -> Reply:
        """The request is looked at before the tool is looked for."""
        if arguments is ABSENT or isinstance(arguments, dict):
            return fingerprint.unknown_tool(name)
        return fingerprint.bad_call({"name": name, "arguments": arguments})

    return Surface(
        server_info={"name": "secure-filesystem-server", "version": "0.2.0"},
        capabilities={"tools": {"listChanged": True}},
        fingerprint=fingerprint,
        tools=TOOLS,
        versions=VERSIONS,
        answers="json",  # clients bound the size of an event, and a file can be larger
        unknown_tool=unknown_tool,
    )


class FilesystemServer:
    """One tree behind the fourteen tools."""

    dialect: ClassVar[str] = "filesystem"

    def __init__(self, surface: Surface, *, home: str) -> None:
        self.surface = surface
        self.home = home

    def companions(self) -> Mapping[str, Companion]:
        """The server remembers nothing."""
        return {}

    async def call(self, call: Call, arguments: dict[str, Any], site: Site) -> Reply:
        """Do what the tool does; a refusal is an `isError` result."""
        access = Access(cast("FileTree", site.part), self.home)
        try:
            if quick := _QUICK.get(call.tool):
                text = quick(access, arguments)
            elif call.tool == "read_media_file":
                block = reading.read_media(access, arguments["path"])
                return Reply({"content": [block], "structuredContent": {"content": [block]}})
            else:
                text = await _SLOW[call.tool](access, arguments, site)
        except Refusal as refusal:
            return self.surface.fingerprint.failure(refusal.text)
        return self.surface.fingerprint.text(text, {"content": text})

    async def request(self, method: str, params: Any, site: Site) -> Reply | None:
        """There is nothing but tools."""
        return None

    def identity_arguments(self, tool: str, arguments: Any) -> Any:
        """Paths and search patterns."""
        if not arguments:
            return {}
        return {key: _written(arguments[key]) for key in _PLACES if key in arguments}


def _written(value: str | Sequence[str]) -> Any:
    return well_formed(value) if isinstance(value, str) else [well_formed(item) for item in value]


def _pen(access: Access, site: Site) -> Pen:
    return Pen(access, site.now_ns, lambda: site.hex(32, "temporary file"))


def _list_sizes(access: Access, arguments: Arguments) -> str:
    return listing.list_sizes(access, arguments["path"], by_size=arguments["sortBy"] == "size")


async def _write(access: Access, arguments: Arguments, site: Site) -> str:
    _pen(access, site).write(arguments["path"], arguments["content"])
    return f"Successfully wrote to {arguments['path']}"


async def _edit(access: Access, arguments: Arguments, site: Site) -> str:
    path, edits = access.real(arguments["path"]), arguments["edits"]
    before = plain_newlines(reading.content(access.tree, path))

    after, diff = await in_turns(edit_steps(path, before, edits), access.tree)
    if not arguments["dryRun"]:
        _pen(access, site).replace(path, to_bytes(after))
    return diff


async def _create_directory(access: Access, arguments: Arguments, site: Site) -> str:
    _pen(access, site).make_directory(arguments["path"])
    return f"Successfully created directory {arguments['path']}"


async def _move(access: Access, arguments: Arguments, site: Site) -> str:
    source, destination = arguments["source"], arguments["destination"]
    _pen(access, site).move(source, destination)
    return f"Successfully moved {source} to {destination}"


async def _tree(access: Access, arguments: Arguments, site: Site) -> str:
    return await walking.tree(access, arguments["path"], arguments["excludePatterns"])


async def _read_many(access: Access, arguments: Arguments, site: Site) -> str:
    return await reading.read_many(access, arguments["paths"])


async def _search(access: Access, arguments: Arguments, site: Site) -> str:
    return await walking.search(access, arguments["path"], arguments["pattern"], arguments["excludePatterns"])


_QUICK: Final[Mapping[str, Callable[[Access, Arguments], str]]] = {
    "read_file": reading.read_text,
    "read_text_file": reading.read_text,
    "list_directory": lambda access, arguments: listing.list_names(access, arguments["path"]),
    "list_directory_with_sizes": _list_sizes,
    "get_file_info": lambda access, arguments: listing.describe(access, arguments["path"]),
    "list_allowed_directories": lambda access, _: f"Allowed directories:\n{access.tree.root}",
}
_SLOW: Final[Mapping[str, Callable[[Access, Arguments, Site], Awaitable[str]]]] = {
    "write_file": _write,
    "edit_file": _edit,
    "create_directory": _create_directory,
    "directory_tree": _tree,
    "move_file": _move,
    "read_multiple_files": _read_many,
    "search_files": _search,
}
