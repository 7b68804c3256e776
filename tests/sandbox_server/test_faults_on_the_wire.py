"""Faults of HTTP, connections and lines, as raw clients see them, beside what the ledger says of them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from fault_injection.errors import FaultError
from fault_injection.profile import inline_profile
from sandbox_server.carriers.stdio import DIED, serve_stdio
from sandbox_server.connection import Connection
from sandbox_server.episode import Episode
from sandbox_server.faults.fitting import Unfit
from sandbox_server.stage import Stage
from tests.sandbox_server.conftest import Serve
from tests.sandbox_server.plain import START_NS, PlainPart, presentation
from tests.sandbox_server.served import Served
from tests.sandbox_server.test_stdio import Written
from tests.sandbox_server.wire import HELLO, Seen, modern, rpc
from worlds.clock import SECOND

pytestmark = pytest.mark.anyio

WRITE = modern("tools/call", {"name": "write", "arguments": {"key": "k", "text": "v"}})
READ = modern("tools/call", {"name": "read", "arguments": {"key": "k"}})


def put(episode: Episode, *rules: dict[str, Any]) -> None:
    episode.faults.put([inline_profile(list(rules))])


def held(episode: Episode) -> str:
    """What the world holds at `k`."""
    part = episode.world.parts["plain"]
    assert isinstance(part, PlainPart)
    return str(part.texts.get("k", ""))


def last(episode: Episode) -> Any:
    """The ledger's last call."""
    return [entry for entry in episode.ledger.entries if entry.kind == "call"][-1]


async def hit(serve: Serve, kind: str, phase: str | None = None, **settings: Any) -> tuple[Served, Seen]:
    """One write that a fault hits."""
    served = await serve(settings.pop("surface", "python"))
    put(served.episode, {"fault": kind, "with": settings, **({"phase": phase} if phase else {})})
    return served, await served.send(*WRITE)


@pytest.mark.parametrize(("phase", "happened"), [("before", ""), ("after", "v")])
@pytest.mark.parametrize(("kind", "reset"), [("reset", True), ("closed", False)])
async def test_a_lost_connection_says_nothing_of_whether_it_happened(
    serve: Serve, kind: str, reset: bool, phase: str, happened: str
) -> None:
    served, seen = await hit(serve, kind, phase)
    entry = last(served.episode)

    assert (seen.raw, seen.reset, held(served.episode)) == (b"", reset, happened)
    assert (entry.told, entry.truth, entry.delivered) == (None, "computed", "rst" if reset else "fin")
    assert entry.true_reply.result["content"][0]["text"] == "written"
    assert entry.rules[0]["phase"] == phase and entry.rules[0]["ends_at"] == "client"


async def test_a_reset_can_come_in_the_middle_of_the_body(serve: Serve) -> None:
    _, seen = await hit(serve, "reset", at="body")

    assert seen.reset and 0 < len(seen.body) < int(seen.headers["content-length"])


@pytest.mark.parametrize("surface", ["python", "json"])
async def test_a_short_body_is_shorter_than_it_said(serve: Serve, surface: str) -> None:
    served, seen = await hit(serve, "short_body", share=0.5, surface=surface)

    assert seen.status == 200 and not seen.reset
    assert len(seen.body) == int(seen.headers["content-length"]) // 2
    assert held(served.episode) == "v"


async def test_a_cut_stream_ends_well_and_says_too_little(serve: Serve) -> None:
    served = await serve("typescript")
    session = await served.session()
    put(served.episode, {"fault": "cut_stream"})
    seen = await session.call("write", key="k", text="v")
    put(served.episode, {"fault": "cut_stream", "with": {"at": "start"}})
    nothing = await session.call("write", key="k", text="v")

    assert seen.raw.endswith(b"0\r\n\r\n") and seen.body.startswith(b"event: message")
    assert not seen.body.endswith(b"\n\n")
    assert nothing.body == b"" and nothing.raw.endswith(b"0\r\n\r\n")


async def test_a_garbled_stream_is_framed_as_ever(serve: Serve) -> None:
    served = await serve("typescript")
    session = await served.session()
    put(served.episode, {"fault": "garbled_stream"})
    seen = await session.call("noop", x="y")
    data = next(line for line in seen.body.split(b"\n") if line.startswith(b"data: "))

    assert seen.body.endswith(b"\n\n")
    with pytest.raises(ValueError):
        json.loads(data.removeprefix(b"data: "))


async def test_too_many_requests_are_told_the_truth_in_headers_and_body(serve: Serve) -> None:
    served = await serve()
    rule = {
        "token_bucket": "2/min", "fault": "http_status",
        "with": {"status": 429, "body": "jsonrpc", "rate_headers": True},
    }  # fmt: skip
    put(served.episode, rule)
    seen = [await served.send(*READ) for _ in range(3)]
    limited = seen[2]
    wait = int(limited.headers["retry-after"])
    until_ns = served.episode.world.clock.now_ns + wait * SECOND

    assert [each.status for each in seen] == [200, 200, 429]
    assert limited.json["error"]["data"] == {"status": 429, "retryAfter": wait}
    assert limited.headers["x-ratelimit-remaining"] == "0"
    served.episode.world.clock.hold_at(until_ns - 2_000_000)  # the call itself takes a millisecond
    assert (await served.send(*READ)).status == 429
    served.episode.world.clock.hold_at(until_ns - 1_000_000)
    assert (await served.send(*READ)).status == 200


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 413, 500, 502, 503, 504])
@pytest.mark.parametrize("body", ["plain", "html", "json", "jsonrpc", "empty"])
async def test_every_status_comes_with_what_goes_with_it(serve: Serve, status: int, body: str) -> None:
    served, seen = await hit(serve, "http_status", status=status, body=body)

    assert seen.status == status and seen.headers["date"] == "Mon, 02 Mar 2026 09:00:00 GMT"
    assert bool(seen.body) is (body != "empty")
    assert ("www-authenticate" in seen.headers) is (status in (401, 403))
    assert held(served.episode) == "" and last(served.episode).notes["wire"]["status"] == status


@pytest.mark.parametrize(("status", "told"), [(401, False), (403, False), (404, False), (429, True), (503, True)])
async def test_only_what_passes_by_itself_says_when(serve: Serve, status: int, told: bool) -> None:
    served = await serve("python")
    year = {"window": {"start": 0, "length": "8760h"}, "fault": "http_status"}
    put(served.episode, {**year, "with": {"status": status, "body": "json"}})

    seen = await served.send(*WRITE)

    assert seen.status == status
    assert ("retry-after" in seen.headers, "retryAfter" in seen.json) == (told, told)


async def test_a_login_wall_and_a_redirect_stand_where_an_answer_should(serve: Serve) -> None:
    _, wall = await hit(serve, "wrong_type")
    _, away = await hit(serve, "redirect")

    assert (wall.status, wall.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (away.status, away.headers["location"]) == (302, "https://login.example.com/")


@pytest.mark.parametrize("kind", ["slow_body", "slow_head", "hang", "latency"])
async def test_what_is_slow_takes_its_time_on_the_worlds_clock(serve: Serve, kind: str) -> None:
    settings = {"fixed": "7s"} if kind == "latency" else {"length": "7s"}
    served, seen = await hit(serve, kind, **settings)
    passed = served.episode.world.clock.now_ns - START_NS

    assert seen.json["result"]["content"][0]["text"] == "written"
    assert 6.9 * SECOND <= passed <= 7.1 * SECOND


async def test_silence_lasts_and_ends_without_an_answer(serve: Serve) -> None:
    served, seen = await hit(serve, "silence", "after", length="5m")

    assert (seen.raw, held(served.episode)) == (b"", "v")
    assert served.episode.world.clock.now_ns >= START_NS + 300 * SECOND


async def test_the_wrong_id_answers_nobody(serve: Serve) -> None:
    _, seen = await hit(serve, "wrong_id")

    assert seen.json["id"] == 1_001 and seen.json["result"]["content"][0]["text"] == "written"


async def test_an_error_of_the_protocol_is_told_as_it_was_written(serve: Serve) -> None:
    served, seen = await hit(serve, "rpc_error", "after", code=-32000, message="Overloaded", data={"node": 3})

    assert seen.json["error"] == {"code": -32000, "message": "Overloaded", "data": {"node": 3}}
    assert held(served.episode) == "v"


async def test_faults_can_be_toggled_while_a_client_is_connected(serve: Serve) -> None:
    served = await serve()
    session = await served.session()
    live = served.episode.faults
    told = []
    for name, enabled in (("", True), ("inline", False), ("inline", True), ("inline/fails", False)):
        if name:
            live.switch(name, enabled=enabled)
        else:
            put(served.episode, {"name": "fails", "fault": "tool_error"})
        told.append((await session.call("noop", x="y")).json["result"]["isError"])

    assert told == [True, False, True, False]
    acts = [entry.arguments for entry in served.episode.ledger.entries if entry.tool == "faults"]
    assert [(act["change"], act["revision"]) for act in acts] == [("put", 1), ("off", 2), ("on", 3), ("off", 4)]


class Line:
    """A client at the other end of a line."""

    def __init__(self, *rules: dict[str, Any]) -> None:
        self.episode = Stage().open(presentation())
        put(self.episode, *rules)
        self.reader, self.writer = asyncio.StreamReader(), Written()
        self.served = asyncio.ensure_future(
            serve_stdio(Connection(self.episode, "plain"), self.reader, self.writer, grace_seconds=0.2)
        )
        self.say(
            rpc("initialize", HELLO, 0), rpc("tools/call", {"name": "write", "arguments": {"key": "k", "text": "v"}})
        )

    def say(self, *messages: bytes) -> None:
        self.reader.feed_data(b"".join(message + b"\n" for message in messages))

    async def until(self, enough: Callable[[bytes], bool]) -> list[bytes]:
        """The lines after the greeting, once there are enough bytes."""
        async with asyncio.timeout(60):
            while not enough(self.writer.data):
                self.writer.grown.clear()
                await self.writer.grown.wait()
        return self.writer.data.split(b"\n")[1:]


@pytest.fixture
async def line() -> AsyncIterator[Callable[..., Line]]:
    lines: list[Line] = []

    def start(*rules: dict[str, Any]) -> Line:
        lines.append(Line(*rules))
        return lines[-1]

    yield start
    for each in lines:
        each.served.cancel()
        await asyncio.gather(each.served, return_exceptions=True)


async def test_a_leaked_log_line_stands_before_the_answer(line: Callable[..., Line]) -> None:
    heard = await line({"fault": "junk_line"}).until(lambda data: data.count(b"\n") >= 3)

    assert heard[0].startswith(b"DeprecationWarning")
    assert json.loads(heard[1])["result"]["content"][0]["text"] == "written"


@pytest.mark.parametrize(
    ("kind", "phase", "happened"), [("exit", "before", ""), ("exit", "after", "v"), ("half_line", "after", "v")]
)
async def test_a_server_can_end_in_the_middle_of_a_call(
    line: Callable[..., Line], kind: str, phase: str, happened: str
) -> None:
    client = line({"fault": kind, "phase": phase})
    async with asyncio.timeout(60):
        status = await client.served

    rest = client.writer.data.split(b"\n")[1]
    assert (status, held(client.episode)) == (DIED, happened)
    assert rest == b"" if kind == "exit" else rest.startswith(b'{"jsonrpc"')
    assert last(client.episode).delivered == "exit" and last(client.episode).notes["transport"] == "stdio"


async def test_a_lost_answer_is_silence_on_a_line(line: Callable[..., Line]) -> None:
    client = line({"fault": "lost_answer", "nth": 1})
    client.say(rpc("tools/call", {"name": "read", "arguments": {"key": "k"}}, 2))
    (heard, _) = await client.until(lambda data: data.count(b"\n") >= 2)

    assert json.loads(heard)["id"] == 2 and json.loads(heard)["result"]["content"][0]["text"] == "v"


async def test_an_answer_can_dribble_and_come_twice(line: Callable[..., Line]) -> None:
    slow = line({"fault": "dribble", "with": {"length": "3s"}})
    twice = line({"fault": "duplicate_answer"})
    (whole, _) = await slow.until(lambda data: data.count(b"\n") >= 2)
    heard = await twice.until(lambda data: data.count(b"\n") >= 3)

    assert json.loads(whole)["id"] == 1 and slow.episode.world.clock.now_ns >= START_NS + 3 * SECOND - 20_000_000
    assert heard[0] == heard[1]


async def test_a_rule_is_refused_where_it_cannot_exist() -> None:
    episode = Stage().open(presentation())
    episode.transports = frozenset({"stdio"})

    with pytest.raises(Unfit, match="reset exists only over http, and the servers here are reached over stdio"):
        put(episode, {"fault": "reset"})
    with pytest.raises(Unfit, match="there is no server 'shop'"):
        put(episode, {"on": "shop.*", "fault": "tool_error"})
    with pytest.raises(Unfit, match="plain has no tool 'wite'"):
        put(episode, {"on": "plain.wite", "fault": "tool_error"})
    put(episode, {"transport": "http", "fault": "reset"})
    assert episode.faults.revision == 1


async def test_a_rule_for_the_other_transport_leaves_a_call_alone(serve: Serve) -> None:
    served = await serve()
    put(served.episode, {"fault": "half_line", "transport": "stdio"})
    seen = await served.send(*WRITE)

    assert seen.status == 200
    assert served.episode.faults.near[-1]["missed"] == "transport is http, not stdio"


SLOW = {"name": "late", "fault": "slow_start", "with": {"length": "40s"}}


async def test_a_slow_start_delays_the_greeting_and_everything_after_it(line: Callable[..., Line]) -> None:
    client = line(SLOW)
    greeting, *_ = await client.until(lambda data: data.count(b"\n") >= 2)
    entries = [entry for entry in client.episode.ledger.entries if entry.rules]

    assert json.loads(greeting)["result"]["content"][0]["text"] == "written" and held(client.episode) == "v"
    assert START_NS + 40 * SECOND <= client.episode.world.clock.now_ns <= START_NS + 41 * SECOND
    (start,) = entries
    assert (start.kind, start.server, start.tool) == ("request", "plain", "start")
    assert start.notes == {"transport": "stdio", "wire": {"late_ms": 40_000}}
    assert [(rule["rule"], rule["fired"], rule["ends_at"]) for rule in start.rules] == [("inline/late", True, "client")]


async def test_a_client_that_leaves_before_the_server_is_up_ends_it(line: Callable[..., Line]) -> None:
    client = line({**SLOW, "nth": 1})
    client.episode.waits.enter()  # somebody else keeps the clock from jumping
    client.reader.feed_eof()
    async with asyncio.timeout(60):
        status = await client.served

    assert (status, client.writer.data, held(client.episode)) == (0, b"", "")


async def test_rules_about_starts_ask_no_call_and_rules_about_calls_no_start(line: Callable[..., Line]) -> None:
    client = line({**SLOW, "nth": 2}, {"name": "fails", "nth": 1, "fault": "tool_error"})
    heard = await client.until(lambda data: data.count(b"\n") >= 2)

    assert json.loads(heard[0])["result"]["isError"] is True
    assert client.episode.world.clock.now_ns < START_NS + SECOND
    assert client.episode.faults.fired() == {"inline/late": 0, "inline/fails": 1}
    assert [rule["rule"] for rule in last(client.episode).rules] == ["inline/fails"]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"on": "plain.write"}, "not about a tool"), ({"where": {"key": "k"}}, "has no `where`"),
        ({"works": "write"}, "has no `works`"), ({"transport": "http"}, "exists only over stdio"),
    ],
)  # fmt: skip
def test_a_rule_about_a_start_that_no_start_can_meet_is_refused(more: dict[str, Any], why: str) -> None:
    with pytest.raises(FaultError, match=why):
        inline_profile([{**SLOW, **more}])


@pytest.mark.parametrize("surface", ["python", "json", "typescript"])
async def test_an_answer_that_comes_twice_comes_twice_as_a_body_too(serve: Serve, surface: str) -> None:
    """A body cannot be sent twice; the server answers with a stream then, as servers may."""
    served, seen = await hit(serve, "duplicate_answer", surface=surface)

    assert seen.headers["content-type"].startswith("text/event-stream")
    assert len(seen.events) == 2 and seen.events[0] == seen.events[1] and "result" in seen.events[0]
    assert last(served.episode).notes["wire"] == {"twice": True} and held(served.episode) == "v"
