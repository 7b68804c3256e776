"""Connections of strangers: silent, slow, endless or too many, and never at the cost of others."""

import asyncio
import gc
import sys

import pytest

from sandbox_server.carriers.http import Listener
from sandbox_server.carriers.limits import Limits
from sandbox_server.connection import Connection
from tests.sandbox_server.conftest import Serve
from tests.sandbox_server.served import CALL, still_serves
from tests.sandbox_server.wire import exchange, modern, parsed, request_bytes

pytestmark = pytest.mark.anyio

HALF_OPEN = 1_000


async def test_requests_on_one_connection_are_answered_in_order(serve: Serve) -> None:
    """Pipelined requests of every way through the server: the lane, ASGI, refusals."""
    served = await serve()
    requests = []
    for number in range(30):
        body, headers = modern("tools/call", {"name": "noop", "arguments": {"x": str(number)}}, id=number)
        if number % 3 == 1:
            headers = {**headers, "content-length": None, "transfer-encoding": "chunked"}
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        requests.append(request_bytes(served.port, served.path, body, headers))
    last = request_bytes(served.port, "/nowhere", b"", {"connection": "close"})

    seen = await exchange(served.port, b"".join(requests) + last)

    *answers, end = [parsed(b"HTTP/1.1 " + part) for part in seen.raw.split(b"HTTP/1.1 ")[1:]]
    assert [answer.json["id"] for answer in answers] == list(range(30))
    assert end.body == b"Not Found"


async def test_a_thousand_half_open_connections_cost_others_nothing(serve: Serve) -> None:
    served = await serve()
    silent = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(HALF_OPEN // 2)]
    begun = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(HALF_OPEN // 2)]
    for _, writer in begun:
        writer.write(b"POST /token/plain/mcp HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-le")

    async with asyncio.timeout(60):
        served_meanwhile = [await still_serves(served) for _ in range(50)]

    for _, writer in (*silent, *begun):
        writer.close()
    assert all(served_meanwhile)


async def test_too_many_connections_cost_the_oldest_silent_one(serve: Serve) -> None:
    served = await serve(limits=Limits(connections_max=10, head_seconds_max=600))
    first, *others = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(10)]

    assert await still_serves(served)
    async with asyncio.timeout(60):
        dropped = await _end(first[0])

    for _, writer in (first, *others):
        writer.close()
    assert dropped


async def _end(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"POST /token/plain/mcp HTTP/1.1\r\nhost:",
        b"POST /token/plain/mcp HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100\r\n\r\nhalf",
    ],
    ids=["silence", "half a head", "half a body"],
)
@pytest.mark.parametrize("http", ["auto", "h11"])
async def test_who_takes_too_long_is_dropped(serve: Serve, http: str, begun: bytes) -> None:
    served = await serve(http=http, limits=Limits(head_seconds_max=0.2, body_seconds_max=0.2))
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(begun)

    async with asyncio.timeout(60):
        dropped = await _end(reader)

    writer.close()
    assert dropped


async def test_an_idle_connection_is_kept_for_a_while_and_then_closed(serve: Serve) -> None:
    served = await serve(limits=Limits(keep_alive_seconds=0.2))
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(request_bytes(served.port, served.path, *CALL))

    async with asyncio.timeout(60):
        seen = parsed(await _everything(reader))

    writer.close()
    assert seen.status == 200


async def _everything(reader: asyncio.StreamReader) -> bytes:
    data = b""
    try:
        while piece := await reader.read(4_096):
            data += piece
    except ConnectionResetError:
        return data
    return data


async def test_an_idle_session_costs_little_memory(serve: Serve) -> None:
    served = await serve("json")
    url = served.episode.url("plain", "agent")
    assert url is not None
    gc.collect()
    lines = [served.episode.sessions.open(url, hyphens=False) for _ in range(100)]

    bytes_each = sum(sys.getsizeof(line) + sys.getsizeof(line.id) + _inside(line) for line in lines) / len(lines)

    assert bytes_each < 1_024


def _inside(line: Connection) -> int:
    owned = [line.client, line.streams]
    return sum(map(sys.getsizeof, owned))


@pytest.mark.parametrize("http", ["auto", "h11"])
async def test_a_listener_starts_on_a_free_port_and_stops_at_once_with_streams_open(serve: Serve, http: str) -> None:
    served = await serve(http=http)
    body, headers = modern("subscriptions/listen", {"notifications": {}})
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(request_bytes(served.port, served.path, body, headers))
    await reader.readuntil(b"acknowledged")

    served.listener.grace_seconds = 600
    async with asyncio.timeout(60):
        await served.listener.stop()
        await served.listener.stop()
        rest = await reader.read()

    writer.close()
    assert rest.endswith(b"0\r\n\r\n"), "the stream must end, not break"
    assert served.episode.connections == set()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", served.port)


async def test_a_taken_port_is_the_callers_problem(serve: Serve) -> None:
    served = await serve()

    with pytest.raises(OSError, match="in use"):
        await serve(port=served.port)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8"),
        ("0.0.0.0", "http://127.0.0.1:8"),
        ("::", "http://[::1]:8"),
        ("", "http://127.0.0.1:8"),
    ],
)
def test_a_listener_says_where_it_is_reached(host: str, url: str) -> None:
    async def nothing(scope: object, receive: object, send: object) -> None:
        """Serves nothing."""

    assert Listener(nothing, host, 8).url == url
