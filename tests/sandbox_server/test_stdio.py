"""One server over lines: both generations, deliveries performed, nothing else on stdout."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from fault_injection.delivery import Chunk, Delivery
from sandbox_server.call import Call, Reply
from sandbox_server.carriers.stdio import lines, serve_stdio
from sandbox_server.connection import Connection
from sandbox_server.family import Site
from sandbox_server.hooks import NO_HOOKS, Apply, Hooks
from sandbox_server.stage import Stage
from tests.sandbox_server.plain import START_NS, presentation, surfaces
from tests.sandbox_server.wire import HELLO, META, rpc
from worlds.clock import SECOND, Mode

pytestmark = pytest.mark.anyio

Message = dict[str, Any]
PROBE = rpc("server/discover", {"_meta": META}, id="probe")


class Written:
    """A writer whose lines can be waited for."""

    def __init__(self) -> None:
        self.data = b""
        self.grown = asyncio.Event()
        self.lost = False

    def write(self, data: bytes) -> None:
        self.data += data
        self.grown.set()

    async def drain(self) -> None:
        if self.lost:
            raise BrokenPipeError


class Client:
    """A client at the other end of the lines."""

    def __init__(self, surface: str, hooks: Hooks, mode: Mode) -> None:
        self.episode = Stage().open(presentation(surfaces()[surface], mode=mode), hooks=hooks)
        self.connection = Connection(self.episode, "plain")
        self.reader = asyncio.StreamReader()
        self.writer = Written()
        self.served = asyncio.ensure_future(serve_stdio(self.connection, self.reader, self.writer))
        self._read = 0

    def say(self, *messages: bytes) -> None:
        self.reader.feed_data(b"".join(message + b"\n" for message in messages))

    async def hear(self) -> Message:
        """The next line."""
        async with asyncio.timeout(60):
            while self.writer.data.count(b"\n") <= self._read:
                self.writer.grown.clear()
                await self.writer.grown.wait()
        self._read += 1
        message: Message = json.loads(self.writer.data.split(b"\n")[self._read - 1])
        return message

    async def ask(self, message: bytes) -> Message:
        self.say(message)
        return await self.hear()

    async def greet(self) -> "Client":
        await self.ask(rpc("initialize", HELLO, 0))
        self.say(rpc("notifications/initialized", id=...))
        return self

    async def end(self) -> int:
        """Close the lines and wait for the exit status."""
        self.reader.feed_eof()
        async with asyncio.timeout(60):
            return await self.served


Start = Callable[..., Client]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    clients: list[Client] = []

    def begin(surface: str = "python", hooks: Hooks = NO_HOOKS, mode: Mode = "virtual") -> Client:
        clients.append(Client(surface, hooks, mode))
        return clients[-1]

    yield begin
    for client in clients:
        client.reader.feed_eof()
        await client.served


def call(tool: str, id: Any = 1, **arguments: Any) -> bytes:
    return rpc("tools/call", {"name": tool, "arguments": arguments}, id)


def enveloped(method: str, id: Any = 1, **params: Any) -> bytes:
    return rpc(method, {**params, "_meta": META}, id)


def text(message: Message) -> str:
    said: str = message["result"]["content"][0]["text"]
    return said


@pytest.mark.parametrize("surface", ["python", "python-1", "typescript"])
async def test_a_handshake_opens_a_line(start: Start, surface: str) -> None:
    client = start(surface)

    hello = await client.ask(rpc("initialize", HELLO, 0))
    client.say(rpc("notifications/initialized", id=...))
    said = await client.ask(call("noop", x="日本"))

    assert hello["result"]["protocolVersion"] == "2025-11-25"
    assert text(said) == "日本"
    assert await client.end() == 0


async def test_each_sdk_meets_early_requests_in_its_own_way(start: Start) -> None:
    early = {surface: await start(surface).ask(rpc("tools/list")) for surface in ("python", "python-1", "typescript")}

    refusal = {"code": -32602, "message": "Invalid request parameters", "data": ""}
    assert early["python"]["error"] == early["python-1"]["error"] == refusal
    assert len(early["typescript"]["result"]["tools"]) == 6


async def test_each_sdk_meets_broken_lines_in_its_own_way(start: Start) -> None:
    heard = {}
    for surface in ("python", "python-1", "typescript"):
        client = start(surface)
        client.say(b"{", b"", b'{"jsonrpc":"2.0"}', b"\xff\xfe")
        heard[surface] = [await client.ask(rpc("ping", id="after"))]
        while heard[surface][-1].get("id") != "after":
            heard[surface].append(await client.hear())

    complaint = {"level": "error", "logger": "mcp.server.exception_handler", "data": "Internal Server Error"}
    assert len(heard["python"]) == len(heard["typescript"]) == 1
    assert [message["params"] for message in heard["python-1"][:-1]] == [complaint] * 4


async def test_an_old_server_sends_a_probe_on_to_the_handshake(start: Start) -> None:
    client = start("typescript")

    probe = await client.ask(PROBE)
    greeted = await client.greet()

    assert probe["error"] == {"code": -32601, "message": "Method not found", "data": "server/discover"}
    assert text(await greeted.ask(call("noop", x="a"))) == "a"


async def test_an_old_server_answers_a_client_that_insists_on_2026_07_28(start: Start) -> None:
    client = start("typescript")

    said = await client.ask(enveloped("tools/call", name="noop", arguments={"x": "a"}))
    late = await client.ask(rpc("initialize", HELLO, 2))

    assert (text(said), said["result"]["resultType"]) == ("a", "complete")
    assert (late["error"]["code"], late["error"]["data"]["supported"]) == (-32022, ["2026-07-28"])


async def test_a_line_speaks_the_generation_that_it_was_opened_in(start: Start) -> None:
    modern, old = start(), await start().greet()

    discovered = await modern.ask(PROBE)
    bare = await modern.ask(rpc("tools/list"))
    refused = await old.ask(enveloped("tools/list"))

    assert discovered["result"]["supportedVersions"] == ["2026-07-28"]
    assert bare["error"]["code"] == -32602
    assert refused["error"]["code"] == -32600


async def test_answers_come_as_they_are_done(start: Start) -> None:
    """The slow answer is told last although it was asked for first; whose effect came first does not change."""

    def slow(asked: Call, delivery: Delivery) -> Delivery:
        return replace(delivery, pause_ns=60 * SECOND) if asked.request_id == "slow" else delivery

    client = await start(hooks=Hooks(delivery=(slow,))).greet()

    client.say(call("noop", "slow"), call("noop", "quick"), call("noop", "quicker"))
    heard = [(await client.hear())["id"] for _ in range(3)]

    assert heard == ["quick", "quicker", "slow"]
    assert [entry.arrival for entry in client.episode.ledger.entries if entry.kind == "call"] == [1, 2, 3]
    assert client.episode.world.clock.now_ns >= START_NS + 60 * SECOND


async def test_lines_never_mix_even_if_they_dribble(start: Start) -> None:
    def dribble(asked: Call, delivery: Delivery) -> Delivery:
        return replace(delivery, chunks=tuple(Chunk(bytes([byte]), 1) for byte in delivery.body))

    client = await start(hooks=Hooks(delivery=(dribble,))).greet()

    client.say(*(call("noop", number, x="y" * 20) for number in range(10)))
    heard = {(await client.hear())["id"] for _ in range(10)}

    assert heard == set(range(10))


async def test_a_server_can_fall_silent_write_rubbish_or_die(start: Start) -> None:
    ways = {
        "silent": Delivery(),
        "rubbish": Delivery((Chunk(b"leaked log line\n"),)),
        "half": Delivery((Chunk(b'{"jsonrpc":"2.0",'),), end="exit"),
    }
    client = await start(hooks=Hooks(delivery=(lambda asked, delivery: ways[asked.request_id],))).greet()

    client.say(call("noop", "silent"), call("noop", "rubbish"), call("noop", "half"))
    async with asyncio.timeout(60):
        status = await client.served

    assert client.writer.data.endswith(b'leaked log line\n{"jsonrpc":"2.0",')
    assert status == 1
    assert client.episode.ledger.entries[-1].arguments["how"] == "exit"


async def test_notifications_and_questions_travel_on_the_line(start: Start) -> None:
    client = await start("typescript").greet()

    client.connection.notify({"method": "notifications/tools/list_changed"})
    changed = await client.hear()
    answer = client.connection.ask("elicitation/create", {"message": "Which?"})
    asked = await client.hear()
    client.say(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": {"action": "decline"}}).encode())
    told = await client.ask(call("tell", method="notifications/message"))

    assert changed == {"method": "notifications/tools/list_changed", "jsonrpc": "2.0"}
    async with asyncio.timeout(60):
        assert (await answer)["result"] == {"action": "decline"}
    assert told["method"] == "notifications/message"
    assert text(await client.hear()) == "told"


async def test_a_question_is_answered_as_lost_when_the_line_ends(start: Start) -> None:
    client = await start().greet()
    answer = client.connection.ask("elicitation/create", {})

    await client.end()

    assert (await answer)["error"]["message"] == "Connection closed"


async def test_changes_are_listened_for_until_the_client_cancels(start: Start) -> None:
    client = start()
    await client.ask(PROBE)
    wish = {"notifications": {"toolsListChanged": True}}

    acknowledged = await client.ask(enveloped("subscriptions/listen", "s", **wish))
    client.say(enveloped("tools/call", name="tell", arguments={"method": "notifications/tools/list_changed"}))
    heard = [await client.hear(), await client.hear()]
    client.say(rpc("notifications/cancelled", {"requestId": "s"}, id=...))
    client.say(enveloped("tools/call", name="tell", arguments={"method": "notifications/tools/list_changed"}))
    after = [await client.hear(), await client.ask(enveloped("tools/list", "after"))]

    assert acknowledged["method"] == "notifications/subscriptions/acknowledged"
    assert sorted(message.get("method", "answer") for message in heard) == [
        "answer",
        "notifications/tools/list_changed",
    ]
    assert [message["id"] for message in after] == [1, "after"]
    assert client.connection.streams == {}


async def test_what_is_in_progress_when_input_ends_is_finished(start: Start) -> None:
    going = asyncio.Event()

    async def slow(asked: Call, site: Site, apply: Apply) -> Reply:
        await going.wait()
        return await apply(asked, site)

    client = await start(hooks=Hooks(state=(slow,))).greet()
    client.say(call("write", key="k", text="v"))
    client.reader.feed_eof()
    asyncio.get_running_loop().call_soon(going.set)

    assert await client.end() == 0
    assert text(json.loads(client.writer.data.splitlines()[-1])) == "written"


async def test_a_client_that_reads_no_more_is_noted(start: Start) -> None:
    client = await start().greet()
    client.writer.lost = True

    client.say(call("noop"))
    assert await client.end() == 0

    assert client.episode.ledger.entries[-1].arguments == {"entry": 2, "how": "gone"}


async def test_lines_of_any_length_and_cut_are_read() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(b"one\ntw")
    reader.feed_data(b"o\n" + b"x" * 200_000 + b"\nfour\nfive")
    reader.feed_eof()

    seen = [line async for line in lines(reader, bytes_max=100_000)]

    assert seen == [b"one", b"two", b"", b"four"]
