"""A world of files behind the filesystem server, called without a transport."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox_server.call import ABSENT, Call, Reply
from sandbox_server.families.filesystem import FilesystemFamily, FilesystemPresentation
from sandbox_server.family import Site
from worlds.chance import Chance
from worlds.clock import Clock, ClockState, parse_time
from worlds.part import Ground
from worlds.parts.filesystem import FilesystemBuilder, FilesystemSettings, FileTree
from worlds.world import World

ROOT = "/srv/files"
START_NS = parse_time("2026-03-02T09:00:00Z")
TREE = {
    "a.txt": {"text": "one\ntwo\nthree\n", "mtime": "2019-02-25T08:47:46Z", "mode": "640"},
    "crlf.txt": "x\r\n  y\r\nz",
    "docs/guide.md": "# Guide\n",
    "docs/deep/leaf.md": "leaf\n",
    "link": {"symlink": "a.txt"},
    "away": {"symlink": "/etc"},
    "broken": {"symlink": "nowhere"},
    "caf\u00e9.txt": "composed\n",
    "pixel.png": {"base64": "iVBORw0KGgo="},
    "empty": {"dir": True},
}


class Files:
    """A world of files behind the server, called without a transport."""

    def __init__(self, tree: Mapping[str, Any] = TREE, **settings: Any) -> None:
        part = FilesystemBuilder().build(
            FilesystemSettings.model_validate({"root": ROOT, "tree": tree} | settings),
            Ground(Path("/"), Chance(1), START_NS),
        )
        self.tree: FileTree = part
        self.world = World("test", {"files": part}, clock=Clock(ClockState(START_NS)), chance=Chance(1))
        self.server = FilesystemFamily().server("files", FilesystemPresentation(), None)

    async def reply(self, tool: str, arguments: Any = ABSENT) -> Reply:
        """The answer to one call."""
        call = Call("files", tool, arguments)
        fingerprint = self.server.surface.fingerprint
        entry = self.server.surface.by_name.get(tool)
        if entry is None:
            return fingerprint.unknown_tool(tool)
        accepted = fingerprint.accept(entry, arguments)
        if isinstance(accepted, Reply):
            return accepted
        self.world.clock.arrive()
        with self.world.effect("agent"):
            return await self.server.call(call, accepted, Site(self.world, self.tree, self.world.attempt(tool, b"{}")))

    def __call__(self, tool: str, **arguments: Any) -> str:
        """The text of the answer to a call."""
        reply = asyncio.run(self.reply(tool, arguments))
        assert reply.result is not None, reply
        text: str = reply.result["content"][0]["text"]
        assert reply.failed or reply.result["structuredContent"] == {"content": text}
        return text
