"""Soundstage, served as its users serve it: with a lean client, with the SDK's own client, or in process.

An episode is a fork of the stage's first state, made and reset through the admin API; its agent reaches two servers.
"""

import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import uvloop

from benchmarks.calls import MODERN, modern_call
from benchmarks.measure import RawClient, request
from benchmarks.players.desk import FILL, ROWS, SCHEMA, seeded_files
from benchmarks.players.player import Player, Session, obey
from benchmarks.stage import Running, stage
from sandbox_server.call import Call
from sandbox_server.path import walk
from sandbox_server.presentation import present
from sandbox_server.stage import Stage
from worlds.worldfile import plan_world
from worlds.yamlfile import Document

WORLD: Final[dict[str, Any]] = {
    "soundstage": 1,
    "world": "desk",
    "servers": {
        "files": {"kind": "filesystem", "root": "/workspace", "tree": seeded_files()},
        "shop": {"kind": "sql", "imitates": "sqlite", "schema": f"{SCHEMA};\n{FILL.format(rows=ROWS)};"},
    },
}


def ours(tool: str, arguments: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Server, tool and arguments of one of the ten calls."""
    if tool == "query":
        return "shop", "read_query", {"query": arguments["sql"]}
    path = f"/workspace/{arguments['path']}"
    if tool == "read":
        return "files", "read_text_file", {"path": path}
    return "files", "write_file", {"path": path, "content": arguments["text"]}


def text_of(answer: dict[str, Any]) -> str:
    """The text of a JSON-RPC answer to a call. Raises RuntimeError when it is none, or the tool's refusal."""
    result = answer.get("result")
    if result is None or result.get("isError"):
        raise RuntimeError(json.dumps(answer)[:300])
    return str(result["content"][0]["text"])


class Directed:
    """The part of whoever directs: makes, resets and ends an episode over the admin API."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._admin = RawClient("127.0.0.1", running.admin_port)
        self._headers = [("authorization", f"Bearer {running.token}")]
        self._path = ""

    async def open(self) -> dict[str, str]:
        """Fork the first state; the servers' URLs."""
        await self._admin.__aenter__()
        opened = json.loads(await self._send("/admin/v1/episodes/default/fork"))
        self._path = f"/admin/v1/episodes/{opened['id']}"
        return dict(opened["servers"])

    async def reset(self) -> None:
        answer = await self._send(f"{self._path}/reset")
        if b'"digest"' not in answer:
            raise RuntimeError(answer[:300].decode())

    async def close(self) -> None:
        message = request(self._path, b"{}", self._headers)
        await self._admin.send(b"DELETE" + message.removeprefix(b"POST"))
        await self._admin.__aexit__()

    async def _send(self, path: str) -> bytes:
        return await self._admin.send(request(path, b"{}", self._headers))


class Lean:
    """An agent that does nothing but write requests and read answers, as the harness's own client does."""

    def __init__(self, running: Running) -> None:
        self._port = running.port
        self._directed = Directed(running)

    async def connect(self) -> None:
        urls = await self._directed.open()
        self._paths = {name: "/" + url.split("/", 3)[3] for name, url in urls.items()}
        self._client = RawClient("127.0.0.1", self._port)
        await self._client.__aenter__()
        for path in self._paths.values():
            json.loads(await self._client.send(listing(path)))

    async def reset(self) -> None:
        await self._directed.reset()

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        server, name, given = ours(tool, arguments)
        return text_of(json.loads(await self._client.send(modern_call(self._paths[server], name, given))))

    async def close(self) -> None:
        await self._client.__aexit__()
        await self._directed.close()


class Official:
    """The SDK's own client, once for each of the two servers."""

    def __init__(self, running: Running) -> None:
        self._directed = Directed(running)
        self._stack = AsyncExitStack()

    async def connect(self) -> None:
        from mcp import Client

        self._clients: dict[str, Any] = {}
        for name, url in (await self._directed.open()).items():
            self._clients[name] = await self._stack.enter_async_context(Client(url))
            await self._clients[name].list_tools()

    async def reset(self) -> None:
        await self._directed.reset()

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        server, name, given = ours(tool, arguments)
        result = await self._clients[server].call_tool(name, given)
        if result.is_error:
            raise RuntimeError(str(result.content))
        return str(result.content[0].text)

    async def close(self) -> None:
        await self._stack.aclose()
        await self._directed.close()


class Inside:
    """Calls without a transport, with ledger and digests."""

    def __init__(self, scene: Stage, presentation: Any) -> None:
        self._scene, self._presentation = scene, presentation
        self._calls = 0

    async def connect(self) -> None:
        self._episode = self._scene.open(self._presentation)

    async def reset(self) -> None:
        await self._episode.reset()

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        self._calls += 1
        server, name, given = ours(tool, arguments)
        reply: Any = await walk(self._episode, Call(server, name, given, number=self._calls))
        return str(reply)

    async def close(self) -> None:
        self._scene.close(self._episode.id)


def listing(path: str) -> bytes:
    """A 2026-07-28 `tools/list`."""
    meta = {"io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {}}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}).encode()
    return request(path, body, [("mcp-protocol-version", MODERN), ("mcp-method", "tools/list")])


@asynccontextmanager
async def opened(kind: Callable[[Running], Session]) -> AsyncIterator[Player]:
    """A stage in a process of its own."""
    with stage(WORLD) as running:
        yield Player(running.pid, lambda tag: kind(running))


@asynccontextmanager
async def opened_inside() -> AsyncIterator[Player]:
    """All happens in this process."""
    scene, presentation = Stage(), present(plan_world(Document("desk", WORLD), Path()))
    yield Player(os.getpid(), lambda tag: Inside(scene, presentation))
    scene.close_all()


def named(way: str) -> Any:
    """What to play with: `lean`, `official` or `inside`."""
    return opened_inside() if way == "inside" else opened({"lean": Lean, "official": Official}[way])


if __name__ == "__main__":
    uvloop.run(obey(named(sys.argv[1])))
