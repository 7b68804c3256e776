"""The TypeScript SDK's clients and the inspector's command line, over HTTP and stdio."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import tools
from tests.clients.processes import finished
from tests.sandbox_server.conftest import Serve

pytestmark = pytest.mark.anyio

NEWEST = "2026-07-28"
PROGRAM = tools.MANIFEST / "use.mjs"
SAID = [["naïve 日本", False], ["written", False], ["v", False], ["Unknown tool: nothing", True]]
TOOLS = ["noop", "write", "read", "boom", "tell", "test_simple_text"]
OVER_HTTP = [
    ("sdk", "legacy", "python", "2025-11-25"),
    ("sdk", "legacy", "json", "2025-11-25"),
    ("sdk", "legacy", "typescript", "2025-11-25"),
    ("client", "legacy", "python", "2025-11-25"),
    ("client", "auto", "python", NEWEST),
    ("client", "auto", "typescript", "2025-11-25"),
    ("client", "auto", "python-1", "2025-11-25"),
    ("client", NEWEST, "python", NEWEST),
]


async def run(*command: str | Path) -> str:
    """What a Node program prints."""
    packages = tools.require_node_package("@modelcontextprotocol/sdk").parents[2]
    environment = {**os.environ, "PACKAGES": str(packages)}
    status, out, err = await finished(tools.node(), *command, env=environment, cwd=tools.ROOT)
    assert status == 0, err.decode()[-2000:] or out.decode()[-2000:]
    return out.decode()


@pytest.mark.parametrize(("library", "mode", "surface", "settled"), OVER_HTTP)
async def test_typescript_clients_work_over_http(
    serve: Serve, library: str, mode: str, surface: str, settled: str
) -> None:
    served = await serve(surface)

    seen = json.loads(await run(PROGRAM, library, mode, served.url))

    assert seen == {"version": settled, "server": "plain", "tools": TOOLS, "said": SAID}


@pytest.mark.parametrize(
    ("library", "mode", "surface"),
    [
        ("sdk", "legacy", "typescript"),
        ("client", "legacy", "python-1"),
        ("client", "auto", "python"),
        ("client", "auto", "typescript"),
    ],
)
async def test_typescript_clients_work_over_stdio(library: str, mode: str, surface: str) -> None:
    seen = json.loads(
        await run(PROGRAM, library, mode, sys.executable, "-m", "tests.sandbox_server.plain_stdio", surface)
    )

    assert (seen["server"], seen["tools"], seen["said"]) == ("plain", TOOLS, SAID)


def inspector(*arguments: str) -> list[str | Path]:
    program = tools.require_node_package("@modelcontextprotocol/inspector") / "clients/launcher/build/index.js"
    return [program, "--cli", *arguments, "-q", "--format", "json"]


@pytest.mark.parametrize("era", [[], ["--protocol-era", "modern"]], ids=["legacy", "modern"])
async def test_the_inspector_works_over_http(serve: Serve, era: list[str]) -> None:
    served = await serve()
    target = [served.url, "--transport", "http", *era]

    listed = json.loads(await run(*inspector(*target, "--method", "tools/list")))
    call = ["--method", "tools/call", "--tool-name", "noop", "--tool-arg", "x=hi"]
    said = json.loads(await run(*inspector(*target, *call)))

    assert [tool["name"] for tool in _result(listed)["tools"]] == TOOLS
    assert _result(said)["content"] == [{"type": "text", "text": "hi"}]


async def test_the_inspector_works_over_stdio() -> None:
    command = [sys.executable, "-m", "tests.sandbox_server.plain_stdio", "typescript"]

    listed = json.loads(await run(*inspector(*command, "--method", "tools/list")))

    assert [tool["name"] for tool in _result(listed)["tools"]] == TOOLS


def _result(printed: Any) -> Any:
    """The result in what the inspector prints, with or without an envelope."""
    return printed.get("result", printed)
