"""The handshake era: sessions, batches, the standing stream, and refusals in the imitated SDK's words."""

import asyncio
import json
from typing import Any

import pytest

from sandbox_server.sessions import SESSIONS_MAX
from tests.sandbox_server.conftest import Serve
from tests.sandbox_server.served import Served
from tests.sandbox_server.wire import HELLO, META, MODERN, Seen, modern, parsed, request_bytes, rpc

pytestmark = pytest.mark.anyio

LOG = "notifications/message"
CHANGED = {"method": "notifications/tools/list_changed"}


class Stream:
    """A client that holds a stream open."""

    def __init__(self, served: Served, headers: dict[str, Any], body: bytes = b"", method: str = "GET") -> None:
        self.data = request_bytes(served.port, served.path, body, headers, method)
        self.port = served.port
        self.seen = b""

    async def __aenter__(self) -> "Stream":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writer.write(self.data)
        await self.until(b"\r\n\r\n")
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def until(self, mark: bytes) -> Seen:
        """Read until some bytes have come."""
        async with asyncio.timeout(60):
            while mark not in self.seen and (piece := await self.reader.read(4_096)):
                self.seen += piece
        assert mark in self.seen, self.seen
        return parsed(self.seen)

    async def end(self) -> Seen:
        """Read until the server ends the connection or the body."""
        return await self.until(b"0\r\n\r\n")


async def opened(served: Served, headers: dict[str, Any]) -> int:
    """The status of a stream that is opened and left at once."""
    async with Stream(served, headers) as stream:
        return parsed(stream.seen).status


def error(seen: Seen) -> tuple[int, int, str]:
    return seen.status, seen.json["error"]["code"], seen.json["error"]["message"]


async def test_versions_are_negotiated_in_the_servers_manner(serve: Serve) -> None:
    served = await serve("typescript")

    settled = {
        offered: (await served.session(offered)).hello["result"]["protocolVersion"]
        for offered in ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28", "1999-01-01")
    }

    newest = "2025-11-25"
    assert settled == {**{v: v for v in ("2024-11-05", "2025-03-26", "2025-06-18", newest)}, "2026-07-28": newest,
                       "1999-01-01": newest}  # fmt: skip


async def test_the_ledger_notes_who_came(serve: Serve) -> None:
    served = await serve("typescript")
    await served.session()

    (entry,) = served.episode.ledger.entries

    assert (entry.kind, entry.tool, entry.arguments["clientInfo"]) == ("request", "initialize", HELLO["clientInfo"])


@pytest.mark.parametrize(
    ("headers", "body", "refusal"),
    [
        ({"mcp-session-id": None}, rpc("ping"), (400, -32000, "Bad Request: Server not initialized")),
        ({"mcp-session-id": "nobody"}, rpc("ping"), (404, -32001, "Session not found")),
        ({}, rpc("initialize", HELLO), (400, -32600, "Invalid Request: Server already initialized")),
        ({}, b"{", (400, -32700, "Parse error: Invalid JSON")),
        ({}, b'{"id":1}', (400, -32700, "Parse error: Invalid JSON-RPC message")),
        ({}, b"[%b]" % b",".join([rpc("ping")] * 101),
         (400, -32600, "Invalid Request: Batch must not exceed 100 messages")),
        ({"content-type": "text/plain"}, rpc("ping"),
         (415, -32000, "Unsupported Media Type: Content-Type must be application/json")),
        ({"accept": "application/json"}, rpc("ping"),
         (406, -32000, "Not Acceptable: Client must accept both application/json and text/event-stream")),
        ({"host": "evil.example"}, rpc("ping"), (403, -32000, "Invalid Host header: evil.example")),
        ({"origin": "https://evil.example"}, rpc("ping"), (403, -32000, "Invalid Origin header: https://evil.example")),
        ({"content-length": str(5 * 1024 * 1024)}, b"",
         (413, -32000, "Payload Too Large: Request body must not exceed 4194304 bytes")),
        ({"mcp-protocol-version": "1999-01-01"}, rpc("ping"),
         (400, -32000, "Bad Request: Unsupported protocol version: 1999-01-01 "
                       "(supported versions: 2025-11-25, 2025-06-18, 2025-03-26, 2024-11-05)")),
    ],
)  # fmt: skip
async def test_a_typescript_server_refuses_in_its_own_words(
    serve: Serve, headers: dict[str, Any], body: bytes, refusal: tuple[int, int, str]
) -> None:
    session = await (await serve("typescript")).session()

    assert error(await session.send(body, headers)) == refusal


@pytest.mark.parametrize("surface", ["typescript", "python"])
async def test_batches_are_taken_where_the_version_or_the_sdk_says_so(serve: Serve, surface: str) -> None:
    served = await serve(surface)
    session = await served.session("2025-03-26")
    batch = b"[%b]" % b",".join(
        [
            rpc("ping", id=1),
            rpc("notifications/x", id=...),
            rpc("tools/call", {"name": "noop", "arguments": {"x": "a"}}, 2),
        ]
    )

    seen = await session.send(batch)
    notes = await session.send(b"[%b]" % rpc("notifications/x", id=...))
    empty = await session.send(b"[]")

    assert [message["id"] for message in seen.events] == [1, 2]
    assert (notes.status, notes.body) == (202, b"")
    assert empty.status == (202 if surface == "typescript" else 400)


async def test_a_session_ends_when_its_client_says_so(serve: Serve) -> None:
    session = await (await serve("typescript")).session()

    ended = await session.send(b"", method="DELETE")

    assert (ended.status, ended.body) == (200, b"")
    assert error(await session.send(rpc("ping"))) == (404, -32001, "Session not found")


async def test_a_session_of_another_server_actor_or_episode_is_unknown(serve: Serve) -> None:
    served = await serve("typescript")
    served.stage.admit(served.episode, "colleague", "second")
    served.stage.open(served.episode.presentation, token="elsewhere")
    session = await served.session()

    seen = [
        await served.send(rpc("ping"), session.headers, path=path)
        for path in ("/token/other/mcp", "/second/plain/mcp", "/elsewhere/plain/mcp", "/token/plain/mcp")
    ]

    assert [one.status for one in seen] == [404, 404, 404, 200]


async def test_sessions_are_bounded_and_the_idlest_goes_first(serve: Serve) -> None:
    served = await serve("json")
    first = await served.session()
    second = await served.session()
    url = served.episode.url("plain", "agent")
    assert url is not None
    for _ in range(SESSIONS_MAX - 2):
        served.episode.sessions.open(url, hyphens=False)
    await first.send(rpc("ping"))

    await served.session()

    assert len(served.episode.sessions) == SESSIONS_MAX
    assert [(await session.send(rpc("ping"))).status for session in (first, second)] == [200, 404]


async def test_what_a_call_tells_goes_ahead_of_its_answer(serve: Serve) -> None:
    session = await (await serve("typescript")).session()

    seen = await session.call("tell", method=LOG)

    assert [message.get("method", "answer") for message in seen.events] == [LOG, "answer"]
    assert list(seen.events[0]) == ["method", "params", "jsonrpc"]


async def test_where_answers_are_json_it_takes_the_standing_stream(serve: Serve) -> None:
    served = await serve("json")
    session = await served.session()

    async with Stream(served, session.headers) as stream:
        answer = await session.call("tell", method=LOG)
        told = await stream.until(LOG.encode())

    assert answer.json["result"]["content"][0]["text"] == "told"
    assert told.events[0]["method"] == LOG


async def test_list_changes_reach_every_stream_and_only_streams(serve: Serve) -> None:
    served = await serve("typescript")
    listening, deaf = await served.session(), await served.session()

    async with Stream(served, listening.headers) as stream:
        told = [line.notify(CHANGED) for line in tuple(served.episode.connections)]
        seen = await stream.until(b"list_changed")

    assert told == [True]
    assert seen.events == [{**CHANGED, "jsonrpc": "2.0"}]
    assert (await deaf.send(rpc("ping"))).status == 200


async def test_a_session_has_one_stream_and_it_ends_with_the_session(serve: Serve) -> None:
    served = await serve("typescript")
    session = await served.session()

    async with Stream(served, session.headers) as stream:
        second = await session.send(b"", method="GET")
        await session.send(b"", method="DELETE")
        await stream.end()

    assert error(second) == (409, -32000, "Conflict: Only one SSE stream is allowed per session")


async def test_a_client_that_leaves_frees_its_stream(serve: Serve) -> None:
    served = await serve("typescript")
    session = await served.session()

    for _ in range(3):
        async with asyncio.timeout(60):
            while await opened(served, session.headers) != 200:
                """The server has not noticed yet that the client before has left."""


async def test_closing_an_episode_ends_its_streams_and_its_urls(serve: Serve) -> None:
    served = await serve("typescript")
    session = await served.session()

    async with Stream(served, session.headers) as stream:
        served.stage.close("ep")
        await stream.end()

    assert (await session.send(rpc("ping"))).status == 404


@pytest.mark.parametrize("surface", ["python", "typescript"])
async def test_a_question_to_the_client_is_answered_by_a_post(serve: Serve, surface: str) -> None:
    served = await serve(surface)
    session = await served.session()

    async with Stream(served, session.headers) as stream:
        (line,) = served.episode.connections
        answer = line.ask("elicitation/create", {"message": "Which one?"})
        asked = (await stream.until(b"elicitation/create")).events[0]
        reply = {"jsonrpc": "2.0", "id": asked["id"], "result": {"action": "accept"}}
        posted = await session.send(json.dumps(reply).encode())
        twice = await session.send(json.dumps(reply).encode())

    assert (posted.status, twice.status) == (202, 202)
    assert (await answer)["result"] == {"action": "accept"}
    assert line.pending == ()


async def test_requests_before_the_handshake_are_refused_as_that_sdk_does(serve: Serve) -> None:
    """Python servers open a session even for an `initialize` that fails, and then insist on a good one."""
    served = await serve("python")
    bad = await served.send(rpc("initialize", {}))
    headers = {"mcp-session-id": bad.headers["mcp-session-id"]}

    early = await served.send(rpc("tools/list"), headers)
    ping = await served.send(rpc("ping"), headers)

    assert early.json["error"]["message"] == "Invalid request parameters"
    assert ping.json["result"] == {}


async def test_an_old_server_is_asked_in_vain_whether_it_speaks_2026_07_28(serve: Serve) -> None:
    """The probe of clients in automatic mode; a client that insists is answered all the same."""
    served = await serve("typescript")

    probe = await served.send(*modern("server/discover"))
    insisting = await served.send(*modern("tools/list"))
    unknown = await served.send(
        rpc("tools/list", {"_meta": {**META, "io.modelcontextprotocol/protocolVersion": "2099-01-01"}}),
        {"mcp-protocol-version": "2099-01-01", "mcp-method": "tools/list"},
    )
    without_envelope = await served.send(rpc("tools/list"), {"mcp-protocol-version": MODERN})

    assert error(probe) == (400, -32000, "Bad Request: Server not initialized")
    assert insisting.json["result"]["resultType"] == "complete"
    assert error(unknown) == error(without_envelope) == (400, -32000, "Bad Request: Server not initialized")
