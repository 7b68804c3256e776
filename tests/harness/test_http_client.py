"""The harness's own client over HTTP, with the SDK's client as its witness, on connections that break."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from mcp import Client as Witness

from harness.acting.fate import FateUnknown
from harness.acting.http_client import HttpClient
from harness.acting.http_line import LineBroken
from harness.recording.record import read_trajectory
from harness.staging.prepared import Builder
from sandbox_server.carriers.http import serve_agents
from sandbox_server.episode import Episode
from sandbox_server.stage import Stage
from tests.harness.command import Command
from tests.harness.scenes import scene, write_scene
from tests.harness.sockets import unanswered_port

pytestmark = pytest.mark.anyio
WAIT_S = 120.0
READ = {"path": "/workspace/a.txt"}
WRITE = {"path": "/workspace/b.txt", "edits": [{"oldText": "a", "newText": "b"}]}


@dataclass
class Flaky:
    """A TCP connection to a server, broken as planned: each plan is one connection's."""

    port: int
    plans: list[str] = field(default_factory=list)
    connections: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever a connection was ended from here."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection as the next plan says."""
        plan = self.plans.pop(0) if self.plans else "whole"
        self.connections += 1
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            while request := await reader.read(65_536):
                if plan == "before":
                    break
                back.write(request)
                answer = await there.read(65_536)
                if plan == "answer":
                    break
                writer.write(answer[: len(answer) // 2] if plan == "half" else answer)
                await writer.drain()
                if plan in ("once", "half"):
                    break
        finally:
            back.close()
            writer.close()
            self.ended.set()


@asynccontextmanager
async def flaky(folder: Path, *plans: str) -> AsyncIterator[tuple[Episode, str, Flaky]]:
    """An episode, the URL of its files through a connection that breaks, and that connection."""
    stage = Stage()
    presentation = Builder().prepare(scene(folder), 1).presentation
    episode = stage.open(presentation, token="token")
    async with serve_agents(stage) as listener:
        wire = Flaky(listener.port, list(plans))
        server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            yield episode, f"http://127.0.0.1:{port}/token/files/mcp", wire
        finally:
            server.close()
            stage.close_all()


def calls(episode: Episode) -> list[str]:
    """The tools that were called."""
    return [entry.tool for entry in episode.ledger.entries if entry.kind == "call"]


async def test_it_is_answered_what_the_sdks_client_is_answered(tmp_path: Path) -> None:
    asked: list[tuple[str, dict[str, Any]]] = [
        ("read_text_file", READ), ("write_file", {"path": "/workspace/ü.txt", "content": "naïve 日本"}),
        ("read_text_file", {"path": "/workspace/none"}), ("list_directory", {"path": "/workspace"}),
        ("no_such_tool", {}), ("read_text_file", {"path": 5}),
    ]  # fmt: skip
    mine, theirs = [], []
    async with flaky(tmp_path) as (_, url, _wire), HttpClient({"files": url}) as client:
        listed = await client.tools("files")
        for tool, arguments in asked:
            answer = await client.call("files", tool, arguments)
            mine.append((answer.failed, answer.text))
    async with flaky(tmp_path) as (_, url, _wire), Witness(url, mode="2026-07-28") as witness:
        names = [tool.name for tool in (await witness.list_tools()).tools]
        for tool, arguments in asked:
            try:
                told = await witness.call_tool(tool, arguments)
                theirs.append((bool(told.is_error), "\n".join(getattr(block, "text", "") for block in told.content)))
            except Exception as error:
                theirs.append((True, str(error)))

    assert [tool["name"] for tool in listed] == names
    assert mine == theirs


async def test_one_connection_serves_many_calls(tmp_path: Path) -> None:
    async with flaky(tmp_path) as (episode, url, wire), HttpClient({"files": url}) as client:
        for _ in range(20):
            assert (await client.call("files", "read_text_file", READ)).text == "one"

    assert (wire.connections, len(calls(episode))) == (1, 20)


async def test_an_idle_connection_that_ended_costs_nothing(tmp_path: Path) -> None:
    async with flaky(tmp_path, "once", "once") as (episode, url, wire), HttpClient({"files": url}) as client:
        for _ in range(3):
            await client.call("files", "write_file", {"path": "/workspace/w.txt", "content": "x"})
            if wire.connections < 3:
                await asyncio.wait_for(wire.ended.wait(), WAIT_S)
                wire.ended.clear()

    assert (wire.connections, calls(episode)) == (3, ["write_file"] * 3)


@pytest.mark.parametrize("plan", ["before", "answer", "half"])
async def test_reading_is_asked_again_after_a_lost_connection(tmp_path: Path, plan: str) -> None:
    async with flaky(tmp_path, plan) as (_, url, _wire), HttpClient({"files": url}) as client:
        assert (await client.call("files", "read_text_file", READ)).text == "one"


@pytest.mark.parametrize(("plan", "carried_out"), [("before", 0), ("answer", 1), ("half", 1)])
async def test_of_other_calls_it_says_that_their_fate_is_unknown(tmp_path: Path, plan: str, carried_out: int) -> None:
    async with flaky(tmp_path, plan) as (episode, url, _wire), HttpClient({"files": url}) as client:
        with pytest.raises(FateUnknown, match=r"files\.edit_file: .* whether the call was carried out is not known"):
            await client.call("files", "edit_file", WRITE)
        assert (await client.call("files", "read_text_file", READ)).text == "one"

    assert calls(episode).count("edit_file") == carried_out


async def test_a_server_that_is_not_there_is_tried_again_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.acting.http_client.PAUSE_SECONDS", 0.0)
    with unanswered_port() as port:
        async with HttpClient({"files": f"http://127.0.0.1:{port}/token/files/mcp"}) as client:
            with pytest.raises(LineBroken, match=rf"127\.0\.0\.1:{port} does not answer") as caught:
                await client.call("files", "edit_file", WRITE)

    assert not caught.value.sent


def test_scripts_can_be_played_over_http(soundstage: Command, tmp_path: Path) -> None:
    write_scene(tmp_path)

    ran = soundstage("run", "note.yaml", "--agent", "script:reference", "--over", "http", "--out", "http")
    soundstage("run", "note.yaml", "--agent", "script:reference", "--out", "process")

    assert ran.status == 0, ran.err
    over, inside = (read_trajectory(tmp_path / f"{name}/episodes/note-1.jsonl") for name in ("http", "process"))
    assert [step.action for step in over.steps] == [step.action for step in inside.steps]
    assert [step.world_state_hash for step in over.steps] == [step.world_state_hash for step in inside.steps]
