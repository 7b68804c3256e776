"""Nothing an agent can see says that the world is a set, and nothing it can reach leads to control."""

import ast
import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox_server.carriers.http import serve_agents
from sandbox_server.presentation import present
from sandbox_server.stage import Stage
from worlds.worldfile import library_names, plan_world, read_world
from worlds.yamlfile import Document

ROOT = Path(__file__).parents[2]
TELLING = re.compile(r"mock|fake|simulat|sandbox|inject|chaos|soundstage", re.IGNORECASE)
TEXTS = [
    "sandbox_server/families", "sandbox_server/fingerprints", "sandbox_server/manners", "sandbox_server/dispatch",
    "sandbox_server/carriers", "sandbox_server/dialects", "worlds/parts", "worlds/words", "harness/users",
]  # fmt: skip
OWN_NAMES = re.compile(
    r"^(sandbox_server|fault_injection)(\.\w+)*$|^soundstage\.\w+$|^worlds(\.\w+)*$"
)  # names of our modules and entry points: they are looked up, never sent


def spoken(tree: ast.AST) -> Iterator[ast.Constant]:
    """String constants that are not docstrings or bare sentences about the code."""
    silent = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield node


@pytest.mark.parametrize("folder", TEXTS)
def test_no_text_in_the_code_that_agents_meet_is_telling(folder: str) -> None:
    telling = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.value!r}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in spoken(ast.parse(path.read_text()))
        if TELLING.search(str(node.value)) and not OWN_NAMES.match(str(node.value))
    ]

    assert not telling


def test_no_data_of_parts_families_and_people_is_telling() -> None:
    kinds = ("*.yaml", "*.json", "*.csv", "*.txt", "*.md", "*.sql")
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for folder in TEXTS
        for kind in kinds
        for path in sorted((ROOT / folder).rglob(kind))
        for match in [TELLING.search(path.read_text(errors="replace"))]
        if match
    ]

    assert not found


@pytest.mark.parametrize("name", library_names())
def test_no_built_in_world_holds_a_telling_text(name: str) -> None:
    folder = ROOT / "worlds/library" / name
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
        for match in [TELLING.search(_without_our_key(path, path.read_text(errors="replace")))]
        if match
    ]

    assert not found


def _without_our_key(path: Path, text: str) -> str:
    """World files begin with the version of their format, which agents never see."""
    return re.sub(r"^soundstage: 1$", "", text, flags=re.MULTILINE) if path.name == "world.yaml" else text


@pytest.mark.parametrize("name", library_names())
def test_no_surface_of_a_built_in_world_is_telling(name: str) -> None:
    shown = present(read_world(name))
    for server in shown.servers.values():
        surface = server.surface
        texts = [
            surface.server_info,
            surface.capabilities,
            surface.tools,
            surface.modern_tools,
            surface.instructions,
            surface.lists,
        ]
        assert not TELLING.search(json.dumps(texts, default=dict))
    shown.world.close()


WORLD: dict[str, Any] = {
    "soundstage": 1,
    "world": "secretname",
    "servers": {
        "files": {"kind": "filesystem", "root": "/workspace", "tree": {"a.txt": "one\n"}},
        "shop": {"kind": "sql", "imitates": "sqlite", "schema": "CREATE TABLE t (id INTEGER PRIMARY KEY);"},
    },
}


def rpc(method: str, **params: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()


def call(tool: str, **arguments: Any) -> bytes:
    return rpc("tools/call", name=tool, arguments=arguments)


HELLO = rpc("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo={"name": "x", "version": "1"})
BODIES = [
    HELLO,
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b"[" * 5000,
    b'{"jsonrpc":"1.0"}',
    rpc("nothing/here"),
    rpc("tools/list"),
    rpc("ping"),
    rpc("resources/list"),
    rpc("prompts/list"),
    rpc("server/discover"),
    rpc("tools/call"),
    call("nothing"),
    call("read_text_file"),
    call("read_text_file", path=5),
    call("read_text_file", path="/etc/passwd"),
    call("read_text_file", path="/workspace/none"),
    call("read_text_file", path="\0"),
    call("write_file", path="/workspace", content=""),
    call("read_query", query="SELECT sqlite_version(), load_extension('x')"),
    call("read_query", query="SELECT * FROM sqlite_master"),
    call("write_query", query="ATTACH 'x' AS y"),
    call("read_query", query="SELECT zeroblob(2000000000)"),
    call("read_query", query="PRAGMA database_list"),
    call("read_query", query="SELECT * FROM pragma_database_list"),
    call("read_query", query="SELECT * FROM pragma_vfs_list"),
    call("read_query", query="SELECT * FROM pragma_module_list"),
    call("read_query", query="SELECT name FROM pragma_function_list"),
    call("read_query", query="SELECT * FROM pragma_compile_options"),
]
PATHS = [
    "/",
    "/admin",
    "/admin/v1",
    "/admin/v1/health",
    "/admin/v1/episodes",
    "/admin/v1/openapi.json",
    "/admin/v1/reset",
    "/metrics",
    "/health",
    "/docs",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-authorization-server",
    "/favicon.ico",
    "/{t}",
    "/{t}/",
    "/{t}/files",
    "/{t}/files/",
    "/{t}/nothing/mcp",
    "/{t}/files/mcp/",
    "/{t}/files/mcp/..",
    "/{t}/../admin/v1/reset",
    "/{t}/files/mcp/admin/v1/reset",
    "/{t}/admin/v1/reset",
    "//admin/v1/reset",
    "/%2e%2e/admin",
    "/wrong/files/mcp",
    "/files/mcp",
    "/.well-known/oauth-protected-resource/{t}/files/mcp",
]


async def exchange(port: int, verb: str, path: str, body: bytes, *headers: str) -> bytes:
    """Everything that comes back on a fresh connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [
        f"{verb} {path} HTTP/1.1",
        f"host: 127.0.0.1:{port}",
        f"content-length: {len(body)}",
        "connection: close",
        *headers,
    ]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    try:
        return await asyncio.wait_for(reader.read(), 60)
    finally:
        writer.close()


JSON = ("content-type: application/json", "accept: application/json, text/event-stream")
MODERN = (*JSON, "mcp-protocol-version: 2026-07-28", "mcp-method: tools/call", "mcp-name: read_text_file")


async def collected() -> tuple[str, str]:
    """(every byte that a stage's listener answered to many good and bad requests, the episode's token)."""
    stage = Stage()
    episode = stage.open(present(plan_world(Document("w", WORLD), Path())), id="secretepisode")
    (token,) = episode.credentials
    seen: list[bytes] = []
    async with serve_agents(stage) as listener:
        for server in ("files", "shop"):
            hello = await exchange(listener.port, "POST", f"/{token}/{server}/mcp", HELLO, *JSON)
            session = re.search(rb"mcp-session-id: (\S+)", hello)
            known = (
                *JSON,
                "mcp-protocol-version: 2025-11-25",
                f"mcp-session-id: {session.group(1).decode() if session else ''}",
            )
            path = f"/{token}/{server}/mcp"
            asked = [(body, headers) for body in BODIES for headers in (JSON, MODERN, known, ())]
            seen += [await exchange(listener.port, "POST", path, body, *headers) for body, headers in asked]
        for path in PATHS:
            for verb in ("GET", "POST", "DELETE", "OPTIONS", "PUT", "HEAD"):
                if (verb, path) != ("GET", "/{t}/files/mcp"):
                    seen.append(await exchange(listener.port, verb, path.replace("{t}", token), b"{}", *JSON))
    stage.close_all()
    return b"\n".join(seen).decode(errors="replace"), token


def test_no_answer_and_no_header_is_telling_and_no_path_leads_to_control() -> None:
    seen, token = asyncio.run(collected())

    assert len(seen) > 20_000
    found = TELLING.search(seen)
    assert not found, seen[max(0, found.start() - 300) : found.end() + 100]
    assert not re.search(r"secretepisode|secretname|uvicorn|starlette|Traceback|/worlds/|site-packages|\.py\b", seen)
    assert token not in seen
    assert "openapi" not in seen.replace("/admin/v1/openapi.json", "")
    for line in re.findall(r"^HTTP/1\.1 (\d+)", seen, re.MULTILINE):
        assert int(line) < 500
