"""Request by request, a server in the TypeScript manner answers like one on the TypeScript SDK's own transport."""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox_server.carriers.http import serve_agents
from sandbox_server.fingerprints.typescript import TypeScript
from sandbox_server.stage import Stage
from sandbox_server.surface import HANDSHAKE_VERSIONS
from tests import tools
from tests.clients.processes import SECONDS_MAX
from tests.sandbox_server.corpus import OPENING_PROBES, SESSION_PROBES, Probe
from tests.sandbox_server.plain import presentation, surface, tool
from tests.sandbox_server.test_dispatch_differential import answers, essence
from tests.sandbox_server.wire import Session, rpc

pytestmark = pytest.mark.anyio

VERSIONS = ("2024-10-07", *HANDSHAKE_VERSIONS)
HOST_PROBES = {"strange host", "strange origin"}
"""Whom a real server lets in is its owner's choice, and so is the text that names the stranger."""
NOT_OURS = {
    "list": "the tools of the witness are described by another schema library",
    "unknown session": "finding a session's transport is the business of the application around the SDK",
    "unknown session to begin with": "the same",
}
MORE = [
    Probe("batch of two", b"[%b,%b]" % (rpc("ping", id=1), rpc("ping", id=2))),
    Probe("batch of notifications", b"[%b]" % rpc("notifications/x", id=...)),
    Probe("batch that is too long", b"[%b]" % b",".join([rpc("ping")] * 101)),
    Probe("content type in capitals", rpc("ping"), {"content-type": "APPLICATION/JSON; charset=utf-8"}),
    Probe("two content types", rpc("ping"), {"content-type": "text/plain; a=application/json"}),
    Probe("unknown version header", rpc("ping"), {"mcp-protocol-version": "1999-01-01"}),
    Probe("the version of another generation", rpc("ping"), {"mcp-protocol-version": "2026-07-28"}),
]


@pytest.fixture
async def witness() -> AsyncIterator[int]:
    packages = tools.require_node_package("@modelcontextprotocol/sdk").parents[2]
    process = await asyncio.create_subprocess_exec(
        tools.node(), tools.MANIFEST / "serve.mjs", env={**os.environ, "PACKAGES": str(packages)},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(SECONDS_MAX):
            port = int(await process.stdout.readline())
        yield port
    finally:
        process.kill()
        await process.wait()


@pytest.fixture
async def ours() -> AsyncIterator[int]:
    shown = surface(
        TypeScript(),
        versions=VERSIONS,
        tools=(tool("noop", x="string"),),
        capabilities={"tools": {"listChanged": True}},
    )
    stage = Stage()
    stage.open(presentation(shown), token="token")
    async with serve_agents(stage) as listener:
        yield listener.port


async def session_answers(port: int, path: str, probes: list[Probe]) -> dict[str, Any]:
    session = await Session(port, path).open()
    found = {}
    for probe in probes:
        found[probe.name] = _plain(essence(await session.send(probe.body, probe.headers, probe.method)))
    return found


def _plain(seen: dict[str, Any]) -> dict[str, Any]:
    """Without what the HTTP server beneath the SDK adds: framing and connection headers."""
    seen["headers"] = {k: v for k, v in seen["headers"].items() if k not in ("connection", "transfer-encoding")}
    return seen


async def test_requests_of_a_session_are_answered_alike(witness: int, ours: int) -> None:
    probes = [probe for probe in (*SESSION_PROBES, *MORE) if probe.name not in NOT_OURS | dict.fromkeys(HOST_PROBES)]

    expected = await session_answers(witness, "/mcp", probes)

    assert await session_answers(ours, "/token/plain/mcp", probes) == expected


async def test_first_requests_are_answered_alike(witness: int, ours: int) -> None:
    probes = [probe for probe in OPENING_PROBES if probe.name not in NOT_OURS]

    expected = {name: _plain(seen) for name, seen in (await answers(witness, "/mcp", probes)).items()}

    found = await answers(ours, "/token/plain/mcp", probes)
    assert {name: _plain(seen) for name, seen in found.items()} == expected
