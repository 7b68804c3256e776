"""Requests that begin with bytes that are known already: taken for the same only where they are the same."""

import asyncio

import pytest

from sandbox_server.carriers.fast import HttpToolsWire
from tests.sandbox_server.conftest import Serve
from tests.sandbox_server.served import Served
from tests.sandbox_server.wire import is_whole, modern, parsed, request_bytes

pytestmark = pytest.mark.anyio


def call(served: Served, text: str, *more: str, close: bool = False) -> bytes:
    """A whole call; calls with texts of the same length begin with the same bytes."""
    body, headers = modern("tools/call", {"name": "noop", "arguments": {"x": text}})
    return request_bytes(served.port, served.path, body, {**headers, **({"connection": "close"} if close else {})})


async def texts(served: Served, *pieces: bytes) -> list[str]:
    """The texts of the answers to pieces that reach the server one by one, the last request closing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    async with asyncio.timeout(60):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            for _ in range(20):
                await asyncio.sleep(0)
        raw = await reader.read()
    writer.close()
    answers = [parsed(b"HTTP/1.1 " + part) for part in raw.split(b"HTTP/1.1 ")[1:]]
    return [seen.json["result"]["content"][0]["text"] if seen.status == 200 else str(seen.status) for seen in answers]


async def test_what_begins_alike_is_not_parsed_again(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    served = await serve()
    heads: list[bytes] = []
    parse = HttpToolsWire._parse

    def noted(wire: HttpToolsWire, data: bytes) -> None:
        heads.append(data)
        parse(wire, data)

    monkeypatch.setattr(HttpToolsWire, "_parse", noted)

    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    seen = []
    async with asyncio.timeout(60):
        for text in (*(f"{number:02}" for number in range(9)), "no"):
            writer.write(call(served, text, close=text == "no"))
            answer = b""
            while not is_whole(answer):
                answer += await reader.read(65_536)
            seen.append(parsed(answer).json["result"]["content"][0]["text"])
    writer.close()

    assert seen == [*(f"{number:02}" for number in range(9)), "no"]
    assert len(heads) == 2


async def test_known_bytes_are_recognised_only_where_a_request_begins(serve: Serve) -> None:
    """Within a body, or after the first bytes of a head, the same bytes mean something else."""
    served = await serve()
    known, last = call(served, "aa"), call(served, "zz", close=True)
    body = b"x" + known
    head = request_bytes(served.port, served.path, body, {})[: -len(body)]

    assert await texts(served, known, head + b"x", known, last) == ["aa", "400", "zz"]
    assert await texts(served, known, head, b"x", known, last) == ["aa", "400", "zz"]
    assert await texts(served, known, b"POST / HTTP/1.1\r\nhost: x\r\ncontent-le", known) == ["aa", "400"]


@pytest.mark.parametrize("cut", [1, 40, 200, -60, -1])
async def test_known_requests_may_come_in_pieces_or_together(serve: Serve, cut: int) -> None:
    served = await serve()
    known, last = call(served, "aa"), call(served, "zz", close=True)

    assert await texts(served, known, known[:cut], known[cut:], known, last) == ["aa", "aa", "aa", "zz"]
    assert await texts(served, known, known + known[:cut], known[cut:] + last) == ["aa", "aa", "aa", "zz"]


async def test_the_end_of_a_head_is_not_taken_for_a_beginning(serve: Serve) -> None:
    """What came as a second piece of a request is no request when it comes alone."""
    served = await serve()
    known = call(served, "aa")
    cut = known.index(b"mcp-name")

    assert await texts(served, known[:cut], known[cut:], known[cut:]) == ["aa", "400"]


async def test_strangers_and_giants_are_not_remembered(serve: Serve) -> None:
    served = await serve()
    body, headers = modern("tools/call", {"name": "noop", "arguments": {"x": "aa"}})
    many = {**headers, **{f"x-{number}": "y" for number in range(60)}}
    long = {**headers, "x-long": "y" * 5_000}
    for path, given in (("/another/plain/mcp", headers), (served.path, many), (served.path, long)):
        request = request_bytes(served.port, path, body, given)
        assert len(await texts(served, request, call(served, "zz", close=True))) == 2

    assert not served.listener.wires.preludes
    assert await texts(served, call(served, "aa"), call(served, "zz", close=True)) == ["aa", "zz"]
    assert len(served.listener.wires.preludes) == 1
