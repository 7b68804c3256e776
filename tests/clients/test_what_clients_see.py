"""What callers of each client library see of each fault, so that a new release that shows agents something else is
noticed.

The answers of today stand in `what_clients_see.yaml`; `python -m tests.clients.test_what_clients_see` prints those of
the installed libraries.
"""

import asyncio
import json
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox_server.carriers.agents import Agents
from sandbox_server.carriers.http import Listener
from sandbox_server.carriers.stdio import serve_stdio
from sandbox_server.connection import Connection
from sandbox_server.episode import Episode
from sandbox_server.stage import Stage
from tests import tools
from tests.clients.faulty import HTTP, LINES, PATIENT_SECONDS, opened
from tests.clients.processes import finished
from worlds.yamlfile import read_yaml

pytestmark = pytest.mark.anyio
HERE: Final = Path(__file__).parent
KNOWN: Final = HERE / "what_clients_see.yaml"
FIRST_SDK: Final = ["mcp==1.30.0"]
HURRIED_SECONDS: Final = 1.0
"""How long callers wait for an answer that is known never to come, or to come long after that."""
_ELSEWHERE: Final = re.compile(r" in JSON at position.*")
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "python-1": ("python-1",),
    "python-2": ("python-2 handshake", "python-2 modern"),
    "node": ("typescript-sdk", "typescript-client handshake", "typescript-client modern"),
}
"""The clients in each process."""
Seen = dict[str, dict[str, str]]
"""Lines by case and client."""


def command(process: str) -> list[str]:
    """How to start some clients."""
    if process == "node":
        return [str(tools.node()), str(HERE / "js" / "faulted.mjs")]
    own = tools.require_venv("sdk-1", FIRST_SDK) / "bin" / "python" if process == "python-1" else sys.executable
    return [str(own), str(HERE / "faulted.py")]


@asynccontextmanager
async def lined(episode: Episode, folder: str) -> AsyncIterator[list[str]]:
    """The command of a server's process that leads to an episode."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve_stdio(Connection(episode, "plain"), reader, writer)
        finally:
            writer.close()

    path = f"{folder}/{episode.id}"
    async with await asyncio.start_unix_server(serve, path):
        yield [sys.executable, "-I", "-S", str(HERE / "pipe.py"), path]


async def seen(process: str, known: Mapping[str, Mapping[str, str]]) -> Seen:
    """What the clients of one process see of all cases."""
    stage = Stage()
    cases: list[tuple[str, str]] = []
    given: list[tuple[str, Any, float, float]] = []
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        listener = await stack.enter_async_context(Listener(Agents(stage), grace_seconds=0.1))
        for name, case in (HTTP | LINES).items():
            for kind in KINDS[process]:
                telling = "sse" in name and kind.endswith("modern")  # others are answered as JSON at 2026-07-28
                usual = known.get(name, {}).get(kind, "")
                episode = opened(stage, case.met_by(usual), telling=telling)
                target: Any = f"{listener.url}/{episode.id}/plain/mcp"
                if name in LINES:
                    target = await stack.enter_async_context(lined(episode, folder))
                cases.append((name, kind))
                given.append((kind, target, min(patience(usual), case.patience_s), case.patience_s))
        told = await asked([*command(process), json.dumps(given)])
    stage.close_all()
    found: Seen = {}
    for (name, kind), each in zip(cases, told, strict=True):
        found.setdefault(name, {})[kind] = line(each)
    return found


async def asked(words: list[str]) -> list[dict[str, str]]:
    """What a process of clients prints."""
    packages = tools.require_node_package("@modelcontextprotocol/sdk").parents[2]
    status, out, err = await finished(*words, cwd=tools.ROOT, env={**os.environ, "PACKAGES": str(packages)})
    assert status == 0, err.decode()[-2000:]
    found: list[dict[str, str]] = json.loads(out)
    return found


def patience(known: str) -> float:
    """How long a caller waits: not long for what never came."""
    return HURRIED_SECONDS if "timed out" in known.lower() else PATIENT_SECONDS


def line(told: Mapping[str, str]) -> str:
    """One client's fate in a line: the call, and whatever else was not as ever."""
    words = told.get("call", "no call")
    if message := told.get("call_message"):
        words += f": {_ELSEWHERE.sub('', message.splitlines()[0])[:60].rstrip()}"
    more = [("beside", "beside"), ("after", ""), ("client", None)]
    return words + "".join(f"; {name}: {told.get(name)}" for name, usual in more if told.get(name) != usual)


def known() -> Seen:
    """What the clients have shown so far."""
    return dict(read_yaml(KNOWN).data) if KNOWN.exists() else {}


@pytest.mark.parametrize("process", KINDS)
async def test_each_client_shows_its_caller_what_it_always_did(process: str) -> None:
    table = known()
    expected = {
        name: {kind: each for kind, each in told.items() if kind in KINDS[process]} for name, told in table.items()
    }

    assert await seen(process, table) == expected


async def main() -> None:
    """Print what the installed clients show, as the file has it."""
    found: Seen = {}
    for process in KINDS:
        for name, told in (await seen(process, known())).items():
            found.setdefault(name, {}).update(told)
    for name, told in found.items():
        print(f'"{name}":')
        for kind, each in told.items():
            print(f"  {kind}: {json.dumps(each, ensure_ascii=False)}")


if __name__ == "__main__":
    asyncio.run(main())
