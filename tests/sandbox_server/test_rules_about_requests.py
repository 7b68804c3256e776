"""Rules about requests that call no tool: handshakes, lists, resources, streams; raw and with a real client."""

import asyncio
import json
from typing import Any

import pytest
from mcp import Client

from fault_injection.errors import FaultError
from fault_injection.profile import inline_profile
from sandbox_server.carriers.stdio import DIED, serve_stdio
from sandbox_server.connection import Connection
from sandbox_server.episode import Episode
from sandbox_server.stage import Stage
from tests.sandbox_server.conftest import Serve
from tests.sandbox_server.plain import presentation
from tests.sandbox_server.test_stdio import Written
from tests.sandbox_server.wire import HELLO, META, modern, rpc

pytestmark = pytest.mark.anyio
LIST = modern("tools/list")
CALL = modern("tools/call", {"name": "noop", "arguments": {"x": "y"}})


def put(episode: Episode, *rules: dict[str, Any]) -> None:
    episode.faults.put([inline_profile([{"name": f"r{number}", **rule} for number, rule in enumerate(rules)])])


def requests(episode: Episode) -> list[Any]:
    return [entry for entry in episode.ledger.entries if entry.kind == "request"]


async def test_a_list_is_hit_and_a_call_beside_it_is_not(serve: Serve) -> None:
    served = await serve()
    put(served.episode, {"method": "tools/list", "fault": "http_status", "with": {"status": 503}, "nth": 1})
    first, call, second = [await served.send(*each) for each in (LIST, CALL, LIST)]
    entry = requests(served.episode)[0]

    assert (first.status, call.status, second.status) == (503, 200, 200)
    assert (entry.tool, entry.told, entry.rules[0]["fired"], entry.notes["wire"]["status"]) == (
        "tools/list", None, True, 503,
    )  # fmt: skip
    assert [each.tool for each in requests(served.episode)] == ["tools/list", "tools/list"]


@pytest.mark.parametrize(("phase", "sessions"), [("before", 0), ("after", 1)])
async def test_a_handshake_that_is_lost_may_have_happened(serve: Serve, phase: str, sessions: int) -> None:
    served = await serve("typescript")
    put(served.episode, {"method": "initialize", "fault": "reset", "phase": phase, "nth": 1})
    seen = await served.send(rpc("initialize", HELLO))
    opened = len(served.episode.sessions)
    again = await served.send(rpc("initialize", HELLO))

    assert (seen.raw, seen.reset, opened) == (b"", True, sessions)
    assert again.status == 200 and again.headers["mcp-session-id"]
    assert requests(served.episode)[0].notes["wire"]["end"] == "rst"


async def test_discovery_can_be_refused_with_an_error(serve: Serve) -> None:
    served = await serve()
    put(
        served.episode, {"method": "server/discover", "fault": "rpc_error", "with": {"code": -32000, "message": "Busy"}}
    )
    seen = await served.send(*modern("server/discover"))

    assert seen.json["error"] == {"code": -32000, "message": "Busy"}
    assert requests(served.episode)[0].told.error.message == "Busy"


async def test_a_result_can_lack_what_it_must_have(serve: Serve) -> None:
    served = await serve()
    put(served.episode, {"method": "tools/list", "fault": "invalid_result"})
    seen = await served.send(*LIST)

    assert "tools" not in seen.json["result"]
    assert "tools" in requests(served.episode)[0].true_reply.result


@pytest.mark.parametrize(("settings", "status"), [({"status": 502}, 502), ({"status": 429, "body": "html"}, 429)])
async def test_a_standing_stream_can_be_kept_from_opening(serve: Serve, settings: Any, status: int) -> None:
    served = await serve("typescript")
    session = await served.session()
    put(served.episode, {"method": "GET", "fault": "http_status", "with": settings, "budget": {"times": 1}})
    headers = {**session.headers, "accept": "text/event-stream"}
    seen = await served.send(headers=headers, method="GET")

    assert seen.status == status
    assert requests(served.episode)[-1].tool == "GET"


async def test_a_subscription_can_be_kept_from_opening(serve: Serve) -> None:
    served = await serve()
    put(served.episode, {"method": "subscriptions/listen", "fault": "closed"})
    seen = await served.send(*modern("subscriptions/listen", {"notifications": {"toolsListChanged": True}}))

    assert seen.raw == b""
    assert requests(served.episode)[-1].notes["wire"] == {"end": "fin"}


async def test_time_passes_before_an_answer(serve: Serve) -> None:
    served = await serve()
    put(served.episode, {"method": "*", "fault": "latency", "with": {"fixed": "3s"}})
    began_ns = served.episode.world.clock.now_ns
    await served.send(*LIST)

    assert served.episode.world.clock.now_ns - began_ns >= 3_000_000_000


async def test_requests_move_no_decision_about_calls(serve: Serve) -> None:
    rules = [
        {"name": "half", "fault": "tool_error", "probability": 0.5},
        {"name": "lists", "method": "*", "fault": "rpc_error", "probability": 0.5},
    ]
    patterns = []
    for lists in (0, 3):
        served = await serve()
        served.episode.faults.put([inline_profile(rules)])
        for number in range(20):
            for _ in range(lists):
                await served.send(*LIST)
            await served.send(*modern("tools/call", {"name": "noop", "arguments": {"x": str(number)}}))
        entries = [entry for entry in served.episode.ledger.entries if entry.kind == "call"]
        patterns.append([entry.rules[0]["fired"] for entry in entries])

    assert patterns[0] == patterns[1] and 0 < sum(patterns[0]) < 20


@pytest.mark.parametrize(("rule", "words"), [
    ({"method": "initialize", "fault": "tool_error"}, "calls none"),
    ({"method": "tools/list", "fault": "stale_read"}, "calls none"),
    ({"method": ["tools/call", "tools/list"], "fault": "reset"}, "write two"),
    ({"method": "tools/list", "fault": "reset", "on": "plain.read"}, "names no tool"),
    ({"method": "tools/list", "fault": "reset", "works": "read"}, "only calls read or write"),
    ({"method": "GET", "fault": "short_body"}, "only phase 'before' makes sense"),
    ({"method": "GET", "fault": "reset", "phase": "after"}, "only phase 'before' makes sense"),
    ({"method": "GET", "fault": "rpc_error"}, "no JSON-RPC request"),
    ({"method": "GET", "fault": "exit"}, "exists only over http"),
    ({"method": "GET", "fault": "silence", "transport": "stdio"}, "exists only over http"),
    ({"method": "tools/lists", "fault": "reset"}, "tools/list"),
    ({"method": "initialize", "fault": "slow_start"}, "no request is"),
])  # fmt: skip
def test_what_has_no_meaning_for_a_request_is_refused(rule: dict[str, Any], words: str) -> None:
    with pytest.raises(FaultError, match=words):
        inline_profile([rule])


async def test_a_process_can_die_at_the_handshake() -> None:
    episode = Stage().open(presentation())
    put(episode, {"method": "initialize", "fault": "exit"})
    reader, writer = asyncio.StreamReader(), Written()
    serving = asyncio.ensure_future(serve_stdio(Connection(episode, "plain"), reader, writer))
    reader.feed_data(rpc("initialize", HELLO) + b"\n")

    assert await asyncio.wait_for(serving, 60) == DIED
    assert writer.data == b"" and requests(episode)[0].notes["wire"] == {"end": "exit"}


async def test_junk_comes_before_a_list_over_stdio() -> None:
    episode = Stage().open(presentation())
    put(episode, {"method": "tools/list", "fault": "junk_line"})
    reader, writer = asyncio.StreamReader(), Written()
    serving = asyncio.ensure_future(serve_stdio(Connection(episode, "plain"), reader, writer))
    reader.feed_data(rpc("tools/list", {"_meta": META}) + b"\n")
    reader.feed_eof()
    await asyncio.wait_for(serving, 60)
    junk, answer = writer.data.splitlines()

    assert json.loads(answer)["result"]["tools"]
    with pytest.raises(ValueError):
        json.loads(junk)


@pytest.mark.parametrize(("surface", "mode"), [("python", "auto"), ("typescript", "legacy")])
async def test_the_sdks_client_sees_a_list_that_fails_once(serve: Serve, surface: str, mode: str) -> None:
    served = await serve(surface)
    put(served.episode, {"method": "tools/list", "fault": "rpc_error", "with": {"message": "Busy"}, "nth": 1})
    async with Client(served.url, mode=mode, read_timeout_seconds=60) as client:
        with pytest.raises(Exception, match="Busy"):
            await client.list_tools()
        assert (await client.list_tools()).tools
