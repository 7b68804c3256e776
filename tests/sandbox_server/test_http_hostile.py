"""Strangers at the agents' door: refused in few words, never fatal, never at the cost of others."""

import asyncio
import logging
from typing import Any

import pytest

from sandbox_server.carriers.limits import Limits
from tests.sandbox_server.conftest import Serve
from tests.sandbox_server.served import CALL, Served, still_serves
from tests.sandbox_server.wire import Seen, exchange, modern, parsed, request_bytes, rpc, send

pytestmark = pytest.mark.anyio

GIVE_AWAYS = ("mock", "fake", "simulat", "sandbox", "inject", "chaos", "soundstage", "uvicorn", "traceback")


@pytest.mark.parametrize("http", ["auto", "h11"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("POST", "/"),
        ("POST", "/token"),
        ("POST", "/token/plain"),
        ("POST", "/token/plain/mcp/"),
        ("POST", "/token/plain/mcp/more"),
        ("POST", "/token/nowhere/mcp"),
        ("POST", "/wrong/plain/mcp"),
        ("POST", "/plain/mcp"),
        ("POST", "//plain/mcp"),
        ("POST", "/token/plain/mcp%00"),
        ("POST", "/admin/v1/health"),
        ("GET", "/.well-known/oauth-protected-resource"),
        ("GET", "/.well-known/oauth-protected-resource/token/plain/mcp"),
        ("GET", "/.well-known/oauth-authorization-server"),
        ("GET", "/.well-known/openid-configuration"),
        ("POST", "/register"),
        ("GET", "/token/../plain/mcp"),
    ],
)
async def test_what_leads_nowhere_is_not_found_and_says_nothing(
    serve: Serve, http: str, method: str, path: str
) -> None:
    served = await serve(http=http)

    seen = await served.send(CALL[0], CALL[1], method, path)

    assert (seen.status, seen.body) == (404, b"Not Found")
    assert set(seen.headers) == {"content-type", "content-length", "connection"}


async def test_a_bearer_token_replaces_the_one_in_the_url(serve: Serve) -> None:
    served = await serve()
    body, headers = CALL

    seen = {
        given: (await served.send(body, {**headers, "authorization": given}, path="/plain/mcp")).status
        for given in ("Bearer token", "bearer   token ", "Bearer wrong", "Basic token", "Bearer", "token")
    }

    assert seen == {"Bearer token": 200, "bearer   token ": 200, "Bearer wrong": 404, "Basic token": 404,
                    "Bearer": 404, "token": 404}  # fmt: skip


async def test_each_credential_acts_in_its_own_name(serve: Serve) -> None:
    served = await serve()
    served.stage.admit(served.episode, "colleague", "second")

    await served.send(*CALL)
    await served.send(*CALL, path="/second/plain/mcp")

    assert [entry.actor for entry in served.episode.ledger.entries] == ["agent", "colleague"]


NOT_HTTP = [
    b"\x00\x01\x02\x03\r\n\r\n",
    b"GET\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
    b"POST /token/plain/mcp HTTP/1.1\r\nhost: x\r\ncontent-length: nine\r\n\r\n",
    b"POST /token/plain/mcp HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
    b"POST /token/plain/mcp HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
]
OTHER_HTTP = [b"POST /token/plain/mcp HTTP/9.9\r\nhost: x\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]


@pytest.mark.parametrize(
    ("http", "data"),
    [*(("auto", data) for data in (*NOT_HTTP, *OTHER_HTTP)), *(("h11", data) for data in NOT_HTTP)],
)
async def test_what_is_not_http_is_refused_in_no_words(serve: Serve, http: str, data: bytes) -> None:
    served = await serve(http=http)

    seen = await exchange(served.port, data)

    assert seen.status in (0, 400)
    assert seen.body == b""
    assert await still_serves(served)


@pytest.mark.parametrize("http", ["auto", "h11"])
async def test_a_head_without_end_is_cut_off(serve: Serve, http: str) -> None:
    served = await serve(http=http, limits=Limits(head_bytes_max=8_192))

    seen = await exchange(served.port, b"POST / HTTP/1.1\r\nx: " + b"y" * 100_000)

    assert seen.status in (0, 400, 431)
    assert await still_serves(served)


@pytest.mark.parametrize("where", ["a header", "many headers", "the path"])
async def test_a_head_that_comes_at_once_is_bounded_too(serve: Serve, where: str) -> None:
    served = await serve(limits=Limits(head_bytes_max=8_192))
    path = "/" + "y" * 9_000 if where == "the path" else served.path
    lines = {"a header": "x: " + "y" * 9_000, "many headers": "\r\n".join(["x: " + "y" * 90] * 100)}.get(where, "x: y")

    seen = await exchange(served.port, f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{lines}\r\n\r\n".encode())

    assert (seen.status, seen.body) == (431, b"")
    assert seen.headers["connection"] == "close"
    assert await still_serves(served)


@pytest.mark.parametrize("surface", ["python", "typescript"])
@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_that_is_too_large_is_not_read(serve: Serve, surface: str, announced: bool) -> None:
    served = await serve(surface, limits=Limits(body_bytes_max=100_000))
    chunk = b"186a1\r\n" + b"x" * 0x186A1 + b"\r\n"
    headers: dict[str, Any] = {"content-length": "10000000"} if announced else {
        "content-length": None, "transfer-encoding": "chunked",
    }  # fmt: skip

    seen = await exchange(served.port, request_bytes(served.port, served.path, b"" if announced else chunk, headers))

    assert seen.status == 413
    assert seen.headers["connection"] == "close"
    assert await still_serves(served) or surface == "typescript"


@pytest.mark.parametrize("http", ["auto", "h11"])
@pytest.mark.parametrize("size", [70_000, 1_000_000])
async def test_a_large_body_within_bounds_is_served(serve: Serve, http: str, size: int) -> None:
    served = await serve(http=http)

    seen = await served.send(*modern("tools/call", {"name": "noop", "arguments": {"x": "y" * size}}))

    assert len(seen.json["result"]["content"][0]["text"]) == size


async def test_a_body_in_pieces_and_chunks_is_served(serve: Serve) -> None:
    served = await serve()
    body, headers = CALL
    whole = request_bytes(served.port, served.path, b"", {**headers, "content-length": None, "connection": "close",
                                                           "transfer-encoding": "chunked"})  # fmt: skip
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    for piece in (whole, *(b"1\r\n%c\r\n" % byte for byte in body), b"0\r\n\r\n"):
        writer.write(piece)
        await writer.drain()

    async with asyncio.timeout(60):
        seen = parsed(await reader.read())

    writer.close()
    assert seen.json["result"]["content"][0]["text"] == "still here"


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"noop","arguments":' + b'{"a":' * 500,
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"noop","arguments":'
        + b'{"a":' * 300 + b"1" + b"}" * 300 + b"}}",
        b"[" * 1_000_000,
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"noop","arguments":{"x":NaN}}}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("surface", ["python", "typescript"])
async def test_json_that_is_none_or_far_too_deep_is_a_parse_error(serve: Serve, surface: str, body: bytes) -> None:
    served = await serve(surface)
    session = await served.session()

    seen = await session.send(body)

    assert (seen.status, seen.json["error"]["code"]) == (400, -32700)
    assert (await session.send(rpc("ping"))).status == 200


async def test_odd_but_sound_arguments_reach_the_tool(serve: Serve) -> None:
    """Half a surrogate pair becomes what UTF-8 has for it; a huge number is a float, as in JavaScript."""
    served = await serve("json")
    session = await served.session()
    call = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"noop","arguments":{"x":%b}}}'

    seen = [await session.send(call % given) for given in (rb'"a\ud83d b\\ud83d \ud83d\ude00"', b"9" * 40)]

    texts = [one.json["result"]["content"][0]["text"] for one in seen]
    assert texts == ["a\ufffd b\\ud83d 😀", "1e+40"]


@pytest.mark.parametrize("surface", ["python", "python-1", "typescript", "json"])
async def test_a_server_that_breaks_tells_its_cause_to_its_owner_only(
    serve: Serve, surface: str, caplog: pytest.LogCaptureFixture
) -> None:
    served = await serve(surface)
    session = await served.session()

    with caplog.at_level(logging.ERROR):
        seen = await session.call("boom")
    after = await session.call("read", key="half")

    assert "secret" not in seen.raw.decode()
    assert seen.json["result"]["isError"] is True
    assert after.json["result"]["content"][0]["text"] == "", "what was half done must be undone"
    assert "secret cause" in caplog.text
    assert "secret cause" in served.episode.ledger.entries[-2].notes["broke"]


async def test_no_answer_gives_the_world_away(serve: Serve) -> None:
    said: list[Seen] = []
    for surface in ("python", "python-1", "typescript", "json"):
        served = await serve(surface)
        for body, headers in (CALL, (b"{", {}), (b"", {"accept": "x"}), (rpc("ping"), {"host": "x"})):
            said += [await served.send(body, headers), await served.send(body, headers, path="/nowhere")]
        said += [await served.send(b"", {}, method) for method in ("GET", "DELETE", "PUT", "OPTIONS")]
        said.append(await exchange(served.port, b"nonsense\r\n\r\n"))

    raw = b"".join(seen.raw for seen in said).decode().lower()
    assert [word for word in GIVE_AWAYS if word in raw] == []
    assert "server:" not in raw


async def test_head_and_options_are_refused_like_any_other_method(serve: Serve) -> None:
    served = await serve("typescript")

    seen = {method: await served.send(b"", {}, method) for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "TRACE")}

    assert {method: one.status for method, one in seen.items()} == dict.fromkeys(seen, 405)
    assert {one.headers["allow"] for one in seen.values()} == {"GET, POST, DELETE"}
    assert seen["HEAD"].body == b""


async def test_hosts_are_the_owners_choice(serve: Serve) -> None:
    body, headers = CALL
    loopback, named, anybody = await serve(), await serve(hosts=("worlds.example",)), await serve(hosts=None)

    async def status(served: Served, host: str, origin: str | None = None) -> int:
        return (await send(served.port, served.path, body, {**headers, "host": host, "origin": origin})).status

    assert [await status(loopback, host) for host in ("127.0.0.1", "localhost:80", "[::1]:80", "worlds.example")] == [
        200, 200, 200, 421,
    ]  # fmt: skip
    assert [await status(named, host) for host in ("worlds.example", "WORLDS.example:9", "127.0.0.1")] == [
        200,
        200,
        421,
    ]
    assert await status(named, "worlds.example", "https://worlds.example:9") == 200
    assert await status(named, "worlds.example", "null") == 403
    assert await status(anybody, "anything", "https://anywhere.example") == 200
