"""`calm` costs nothing: its answers are the same to the byte as without any engine, over HTTP and over a pipe."""

import asyncio
from typing import Any, Final

import pytest

from fault_injection.profile import find_profiles
from sandbox_server.carriers.agents import Agents
from sandbox_server.carriers.http import Listener
from sandbox_server.carriers.stdio import serve_stdio
from sandbox_server.connection import Connection
from sandbox_server.episode import Episode
from sandbox_server.stage import Stage
from tests.sandbox_server.test_faults_of_state import DESK, READ, SELECT, UPDATE, WRITE
from tests.sandbox_server.test_stdio import Written
from tests.sandbox_server.wire import HELLO, exchange, modern, request_bytes, rpc

pytestmark = pytest.mark.anyio
CALLS: Final = [READ, WRITE, SELECT, UPDATE, READ, ("files", "no_such_tool", {}), ("shop", "read_query", {"query": 1})]


def opened(calm: bool) -> tuple[Stage, Episode]:
    stage = Stage()
    episode = stage.open(DESK, token="agent")
    if calm:
        episode.faults.put(find_profiles("calm"))
    return stage, episode


async def over_http(calm: bool) -> tuple[list[bytes], bytes]:
    """Every byte that came back, but for the port, and the digest of all state."""
    stage, episode = opened(calm)
    async with Listener(Agents(stage)) as listener:
        seen = []
        for server, tool, arguments in CALLS:
            body, headers = modern("tools/call", {"name": tool, "arguments": arguments})
            data = request_bytes(listener.port, f"/agent/{server}/mcp", body, {**headers, "connection": "close"})
            seen.append((await exchange(listener.port, data, whole=True)).raw)
    return seen, episode.world.state_digest()


async def over_a_pipe(calm: bool) -> tuple[list[bytes], bytes]:
    """The same for lines."""
    _, episode = opened(calm)
    lines: list[bytes] = []
    for server in ("files", "shop"):
        reader, writer = asyncio.StreamReader(), Written()
        messages = [rpc("initialize", HELLO, 0)]
        own = [(tool, arguments) for each, tool, arguments in CALLS if each == server]
        messages += [rpc("tools/call", {"name": name, "arguments": given}, n) for n, (name, given) in enumerate(own, 1)]
        reader.feed_data(b"".join(message + b"\n" for message in messages))
        reader.feed_eof()
        await serve_stdio(Connection(episode, server), reader, writer, grace_seconds=5)
        lines.append(writer.data)
    return lines, episode.world.state_digest()


@pytest.mark.parametrize("way", [over_http, over_a_pipe])
async def test_calm_is_the_same_to_the_byte_as_no_engine_on_every_way(way: Any) -> None:
    without, within = await way(False), await way(True)

    assert within == without
    assert all(without[0]) and b"".join(without[0]).count(b'"result"') >= 5
