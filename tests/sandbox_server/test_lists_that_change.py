"""Tool lists that change in the middle of an episode: what raw clients and the Python SDK's see, and what is kept."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from mcp import Client

from fault_injection.errors import FaultError
from fault_injection.profile import inline_profile
from sandbox_server.connection import Connection
from sandbox_server.episode import Episode
from sandbox_server.faults.fitting import Unfit
from tests.clients.test_python_sdk import text
from tests.sandbox_server.conftest import Serve
from tests.sandbox_server.served import Served
from tests.sandbox_server.wire import modern
from worlds.clock import SECOND

pytestmark = pytest.mark.anyio
GONE = {"name": "gone", "on": "plain.read", "fault": "list_changed", "with": {"vanishes": True}, "nth": 2}
RENAMED = {
    "name": "renamed", "on": "plain.write", "nth": 1, "phase": "after", "fault": "list_changed",
    "with": {"name": "store", "description": "Stores a text.", "arguments": {"key": "at"}},
}  # fmt: skip


def put(episode: Episode, *rules: dict[str, Any]) -> None:
    episode.faults.put([inline_profile(list(rules))])


async def names(served: Served) -> list[str]:
    listed = await served.send(*modern("tools/list"))
    return [tool["name"] for tool in listed.json["result"]["tools"]]


async def called(served: Served, tool: str, **arguments: Any) -> str:
    seen = await served.send(*modern("tools/call", {"name": tool, "arguments": arguments}))
    answer = seen.json
    return answer["error"]["message"] if "error" in answer else str(answer["result"]["content"][0]["text"])


def calls(episode: Episode) -> list[Any]:
    return [entry for entry in episode.ledger.entries if entry.kind == "call"]


async def test_a_tool_vanishes_and_is_refused_like_any_unknown_one(serve: Serve) -> None:
    served = await serve()
    put(served.episode, GONE)
    before = await names(served)
    told = [await called(served, "read", key="k") for _ in range(3)]
    unknown = await called(served, "never")
    after = await names(served)

    assert set(before) - set(after) == {"read"}
    assert told[0] == "" and told[1] == told[2] == unknown.replace("never", "read")
    assert [bool(entry.rules[0]["fired"]) for entry in calls(served.episode)[:3]] == [False, True, False]
    assert served.episode.ledger.entries[-1].notes == {"changed": [{"rule": "inline/gone", "tool": "read"}]}


async def test_a_tool_is_renamed_and_works_under_its_new_name(serve: Serve) -> None:
    served = await serve()
    put(served.episode, RENAMED)
    first = await called(served, "write", key="k", text="one")
    old = await called(served, "write", key="k", text="two")
    new = await called(served, "store", at="k", text="four")
    entry = calls(served.episode)[-1]

    assert (first, new) == ("written", "written") and "Unknown tool" in old
    assert await called(served, "read", key="k") == "four"
    assert (entry.tool, entry.arguments) == ("write", {"key": "k", "text": "four"})
    assert entry.notes["called"] == {"tool": "store", "arguments": {"at": "k", "text": "four"}}


async def test_a_rename_moves_no_draw(serve: Serve) -> None:
    flaky = {"name": "flaky", "on": "plain.write", "fault": "tool_error", "probability": 0.5}
    patterns: list[Sequence[bool]] = []
    for renamed in (False, True):
        served = await serve()
        put(served.episode, flaky, *([RENAMED] if renamed else []))
        for number in range(20):
            tool, key = ("store", "at") if renamed and number else ("write", "key")
            await called(served, tool, **{key: f"k{number}", "text": "t"})
        patterns.append([entry.rules[0]["fired"] for entry in calls(served.episode)])

    assert patterns[0] == patterns[1] and 0 < sum(patterns[0]) < 20


async def test_a_tool_is_back_when_its_time_is_over_or_the_rule_is_off(serve: Serve) -> None:
    served = await serve()
    put(served.episode, {**GONE, "nth": 1, "with": {"vanishes": True, "length": "10s"}})
    await called(served, "read", key="k")
    gone = await names(served)
    served.episode.world.clock.hold_at(served.episode.world.clock.now_ns + 11 * SECOND)
    back = await names(served)
    served.episode.faults.fire("inline/gone")
    await called(served, "read", key="k")
    again = await names(served)
    served.episode.faults.switch("inline/gone", enabled=False)

    assert "read" not in gone and "read" in back and "read" not in again
    assert "read" in await names(served)


async def test_a_window_changes_the_list_by_the_clock(serve: Serve) -> None:
    served = await serve()
    window = {"start": "5s", "length": "10s"}
    put(served.episode, {"on": "plain.read", "fault": "list_changed", "with": {"vanishes": True}, "window": window})
    seen = []
    for _ in range(3):
        seen.append("read" in await names(served))
        served.episode.world.clock.hold_at(served.episode.world.clock.now_ns + 7 * SECOND)
    seen.append("read" in await names(served))

    assert seen == [True, False, False, True]


async def test_a_reset_brings_the_list_back(serve: Serve) -> None:
    served = await serve()
    put(served.episode, {**GONE, "nth": 1})
    await called(served, "read", key="k")
    gone = await names(served)
    await served.episode.reset()

    assert "read" not in gone and "read" in await names(served)


@pytest.mark.parametrize(("rule", "words"), [
    ({"with": {}}, "it changes nothing"),
    ({"with": {"vanishes": True, "name": "x"}}, "no other name"),
    ({"with": {"name": "write"}, "on": "plain.read"}, "has a tool 'write' already"),
    ({"with": {"vanishes": True, "tool": "never"}}, "has no tool 'never'"),
    ({"with": {"vanishes": True}, "window": {"length": "5s"}}, "which tool is meant"),
    ({"with": {"vanishes": True, "tool": "read"}, "window": {"length": "5s"}, "works": "read"}, "whatever is called"),
    ({"with": {"vanishes": True}, "method": "tools/list"}, "calls none"),
])  # fmt: skip
async def test_what_cannot_be_seen_is_refused(serve: Serve, rule: dict[str, Any], words: str) -> None:
    served = await serve()

    with pytest.raises((Unfit, FaultError), match=words):
        put(served.episode, {"fault": "list_changed", **rule})


@pytest.mark.parametrize(("surface", "mode"), [("python", "auto"), ("typescript", "legacy")])
async def test_the_sdks_client_sees_the_list_change(serve: Serve, surface: str, mode: str) -> None:
    served = await serve(surface)
    put(served.episode, {**GONE, "nth": 1}, RENAMED)
    async with Client(served.url, mode=mode, read_timeout_seconds=60) as client:
        before = {tool.name for tool in (await client.list_tools()).tools}
        await client.call_tool("write", {"key": "k", "text": "v"})
        await client.list_tools()
        stored = await client.call_tool("store", {"at": "k", "text": "w"})
        gone = await refused(client)
        after = {tool.name for tool in (await client.list_tools()).tools}

    assert text(stored) == "written" and gone
    assert before - after == {"read", "write"} and after - before == {"store"}


async def refused(client: Client) -> bool:
    try:
        return bool((await client.call_tool("read", {"key": "k"})).is_error)
    except Exception:
        return True


@pytest.mark.parametrize(("tells", "announced", "heard"), [(True, True, 2), (True, False, 0), (False, True, 0)])
async def test_clients_are_told_where_the_server_tells(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tells: bool, announced: bool, heard: int
) -> None:
    listening, told = asyncio.Event(), asyncio.Event()
    true_listen = Connection.listen

    def listen(line: Connection) -> None:
        true_listen(line)
        listening.set()

    monkeypatch.setattr(Connection, "listen", listen)
    served = await serve("typescript")
    server = served.episode.servers["plain"]
    object.__setattr__(server.surface, "capabilities", {"tools": {"listChanged": tells}})
    settings = {"vanishes": True, "announced": announced}
    put(served.episode, {**GONE, "nth": 1, "with": settings})
    got: list[Any] = []

    async def take(message: Any) -> None:
        got.append(type(getattr(message, "root", message)).__name__)
        if sum("ListChanged" in name for name in got) == heard:
            told.set()

    async with Client(served.url, mode="legacy", message_handler=take, read_timeout_seconds=60) as client:
        async with asyncio.timeout(60):
            await listening.wait()
        await refused(client)
        served.episode.faults.switch("inline/gone", enabled=False)
        async with asyncio.timeout(60):
            await (told.wait() if heard else client.list_tools())
        await client.list_tools()

    assert [name for name in got if "ListChanged" in name] == ["ToolListChangedNotification"] * heard
