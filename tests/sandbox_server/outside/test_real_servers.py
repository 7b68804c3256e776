"""A real server stands behind our ledger and faults, and nothing pretends that it could be put back."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastmcp import Client

from sandbox_server.call import Call, Reply
from sandbox_server.carriers.http import serve_agents
from sandbox_server.episode import Episode
from sandbox_server.errors import StageError
from sandbox_server.families.mcp.server import OutsideServer
from sandbox_server.path import walk
from sandbox_server.presentation import Presentation, present
from sandbox_server.stage import Stage
from worlds.errors import NotForkable, WorldError
from worlds.worldfile import plan_world
from worlds.yamlfile import Document

REAL = str(Path(__file__).parent / "real.py")


def presented(folder: Path, **entry: Any) -> Presentation:
    servers = {"real": {"kind": "mcp", **entry}, "files": {"kind": "filesystem", "root": "/w"}}
    return present(
        plan_world(Document("outside.yaml", {"soundstage": 1, "world": "outside", "servers": servers}), folder)
    )


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Presentation]:
    made = presented(tmp_path, command=[sys.executable, REAL], trace="trace.jsonl")
    yield made
    server: Any = made.servers["real"]
    server.link.close()


@pytest.fixture
def episode(shown: Presentation) -> Episode:
    return Stage().open(shown)


def call(episode: Episode, tool: str, **arguments: Any) -> Reply:
    return asyncio.run(walk(episode, Call("real", tool, arguments))).reply


def test_it_shows_itself_as_it_is(shown: Presentation) -> None:
    surface = shown.servers["real"].surface
    assert (surface.server_info["name"], surface.server_info["version"]) == ("counter", "3.2.1")
    assert surface.instructions == "Counts."
    assert [tool["name"] for tool in surface.tools] == ["count", "leave"]
    assert surface.tools[0]["outputSchema"]["x-fastmcp-wrap-result"] is True


def test_its_answers_come_as_they_are_and_the_ledger_has_them(episode: Episode, tmp_path: Path) -> None:
    assert call(episode, "count", by=2).result == {
        "_meta": {"fastmcp": {"wrap_result": True}},
        "content": [{"type": "text", "text": "2"}],
        "structuredContent": {"result": 2},
        "isError": False,
    }
    refused = call(episode, "count", by="many")
    assert refused.result is not None
    assert "Input should be a valid integer" in refused.result["content"][0]["text"]
    assert "Unknown tool" in json.dumps(call(episode, "never").to_json())
    entries = episode.ledger.entries
    assert [(entry.tool, entry.notes["outside"]) for entry in entries] == [
        ("count", True), ("count", True), ("never", True),
    ]  # fmt: skip
    lines = [json.loads(line) for line in (tmp_path / "trace.jsonl").read_text().splitlines()]
    sent = [line["sent"]["method"] for line in lines if "sent" in line]
    assert sent == ["initialize", "notifications/initialized", "tools/list", *["tools/call"] * 3]
    assert (tmp_path / "trace.jsonl").stat().st_mode & 0o777 == 0o600


def test_it_is_started_again_when_it_has_ended(episode: Episode) -> None:
    assert call(episode, "count").result is not None
    lost = call(episode, "leave")
    assert lost.error is not None
    assert lost.error.message == "Connection closed"
    again = call(episode, "count").result
    assert again is not None
    assert again["structuredContent"] == {"result": 1}


def test_what_cannot_be_done_to_it_is_refused_with_the_reason(episode: Episode) -> None:
    stage = Stage()
    with pytest.raises(NotForkable, match=r"real: a real server \(.*\) keeps its own state"):
        asyncio.run(episode.reset())
    with pytest.raises(NotForkable, match="neither forked nor put back"):
        asyncio.run(episode.restore(step=0))
    with pytest.raises(NotForkable, match="neither forked nor put back"):
        stage.fork(episode)
    with pytest.raises(WorldError, match="only tools"):
        episode.world.parts["real"].perform("x", {}, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({}, "either `command` or `url`"),
        ({"command": "a", "url": "http://b"}, "either `command` or `url`"),
        ({"command": "a", "headers": {"b": "c"}}, "`headers` belong to a `url`"),
        ({"command": ""}, "empty"),
        ({"url": "ftp://x"}, "pattern"),
        ({"command": ["no-such-program-anywhere"]}, "cannot be reached"),
        ({"command": [sys.executable, "-c", "print('no')"]}, "cannot be reached"),
        ({"url": "http://127.0.0.1:9/mcp"}, "cannot be reached"),
    ],
)
def test_what_is_wrong_is_told_before_anybody_calls(tmp_path: Path, entry: Any, words: str) -> None:
    with pytest.raises((WorldError, StageError), match=words):
        presented(tmp_path, **entry)


def test_a_url_is_as_good_as_a_command_and_headers_go_along(tmp_path: Path) -> None:
    async def story() -> None:
        inner = Stage()
        plan = {"soundstage": 1, "world": "inner", "servers": {"files": {"kind": "filesystem", "root": "/w"}}}
        inner.open(present(plan_world(Document("inner.yaml", plan), tmp_path)), token="inner-token")
        async with serve_agents(inner) as listener:
            url, headers = f"{listener.url}/files/mcp", {"authorization": "Bearer inner-token"}
            outer = await asyncio.to_thread(presented, tmp_path, url=url, headers=headers)
            stage = Stage()
            stage.open(outer, token="outer-token")
            async with serve_agents(stage) as door, Client(f"{door.url}/outer-token/real/mcp") as client:
                await client.call_tool("write_file", {"path": "/w/a.txt", "content": "hi"})
                told = await client.call_tool("read_text_file", {"path": "/w/a.txt"})
                assert told.content[0].text == "hi"
            server = outer.servers["real"]
            assert isinstance(server, OutsideServer)
            await asyncio.to_thread(server.link.close)
        inner.close_all()

    asyncio.run(story())
