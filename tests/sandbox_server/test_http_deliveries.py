"""Deliveries arrive exactly as they say: pauses, pieces, short bodies, polite and rude ends."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from fault_injection.delivery import Chunk, Delivery
from sandbox_server.call import Call
from sandbox_server.hooks import Hooks
from tests.sandbox_server.conftest import Serve
from tests.sandbox_server.plain import START_NS
from tests.sandbox_server.wire import Seen, modern, request_bytes, rpc, send
from worlds.clock import SECOND

pytestmark = pytest.mark.anyio

Change = Callable[[Delivery], Delivery]
CALL = modern("tools/call", {"name": "write", "arguments": {"key": "k", "text": "v"}})


async def told(
    serve: Serve, change: Change, surface: str = "python", http: str = "auto"
) -> tuple[Seen, dict[str, str]]:
    """What a raw client sees of one changed answer, and what the world holds afterwards."""

    def hook(call: Call, delivery: Delivery) -> Delivery:
        return change(delivery)

    served = await serve(surface, hooks=Hooks(delivery=(hook,)), http=http)
    seen = await served.send(*CALL)
    part = served.episode.world.parts["plain"]
    return seen, {"k": part.texts.get("k", ""), "delivered": served.episode.ledger.entries[0].delivered}  # type: ignore[attr-defined]


@pytest.mark.parametrize("http", ["auto", "h11"])
async def test_a_reset_before_any_byte_leaves_nothing_but_the_effect(serve: Serve, http: str) -> None:
    seen, after = await told(serve, lambda d: Delivery(end="rst"), http=http)

    assert (seen.raw, seen.reset) == (b"", True)
    assert after == {"k": "v", "delivered": "rst"}


async def test_a_polite_close_before_any_byte_is_no_reset(serve: Serve) -> None:
    seen, after = await told(serve, lambda d: Delivery(end="fin"))

    assert (seen.raw, seen.reset) == (b"", False)
    assert after == {"k": "v", "delivered": "fin"}


@pytest.mark.parametrize(("end", "reset"), [("fin", False), ("rst", True)])
@pytest.mark.parametrize("http", ["auto", "h11"])
async def test_a_body_can_end_before_its_length(serve: Serve, end: str, reset: bool, http: str) -> None:
    def cut(delivery: Delivery) -> Delivery:
        length = (b"content-length", str(len(delivery.body)).encode())
        half = delivery.body[: len(delivery.body) // 2]
        return Delivery((Chunk(half),), 200, (*delivery.headers, length), end=end)  # type: ignore[arg-type]

    seen, _ = await told(serve, cut, http=http)

    assert seen.status == 200
    assert 0 < len(seen.body) < int(seen.headers["content-length"])
    assert seen.reset is reset


async def test_an_event_stream_can_be_cut_in_an_event(serve: Serve) -> None:
    def cut(delivery: Delivery) -> Delivery:
        head = ((b"content-type", b"text/event-stream"), (b"transfer-encoding", b"chunked"))
        return Delivery((Chunk(b'event: message\r\ndata: {"jsonrpc'),), 200, head, end="fin")

    seen, _ = await told(serve, cut)

    assert seen.body == b'event: message\r\ndata: {"jsonrpc'
    assert not seen.raw.endswith(b"0\r\n\r\n")


async def test_another_status_head_and_body_arrive_as_written(serve: Serve) -> None:
    page = Delivery((Chunk(b"<html>busy</html>"),), 503, ((b"content-type", b"text/html"), (b"retry-after", b"20")))

    seen, _ = await told(serve, lambda d: page)

    assert (seen.status, seen.body) == (503, b"<html>busy</html>")
    assert seen.headers == {
        "content-type": "text/html", "retry-after": "20", "content-length": "17", "connection": "close",
    }  # fmt: skip


async def test_a_dribble_arrives_piece_by_piece(serve: Serve) -> None:
    def dribble(delivery: Delivery) -> Delivery:
        return replace(delivery, chunks=tuple(Chunk(bytes([byte])) for byte in delivery.body))

    seen, _ = await told(serve, dribble)

    assert seen.raw.count(b"\r\n1\r\n") > 100
    assert seen.json["result"]["content"][0]["text"] == "written"


async def test_a_length_that_lies_is_sent_and_the_connection_ends(serve: Serve) -> None:
    seen, _ = await told(serve, lambda d: replace(d, headers=((b"content-length", b"5"),)))

    assert (seen.headers["content-length"], len(seen.body)) == ("5", 5)


async def test_virtual_pauses_take_no_real_time_and_move_the_worlds_clock(serve: Serve) -> None:
    served = await serve(hooks=Hooks(delivery=(lambda call, d: replace(d, pause_ns=3_600 * SECOND),)))

    async with asyncio.timeout(60):
        first = await served.send(*CALL)
        second = await served.send(*CALL)

    assert first.headers["date"] == "Mon, 02 Mar 2026 09:00:00 GMT"
    assert second.headers["date"] == "Mon, 02 Mar 2026 10:00:00 GMT"


async def test_overlapping_pauses_cost_the_longest(serve: Serve) -> None:
    served = await serve(hooks=Hooks(delivery=(lambda call, d: replace(d, pause_ns=call.number * 10 * SECOND),)))

    await asyncio.gather(*(served.send(*CALL) for _ in range(5)))

    passed_s = (served.episode.world.clock.now_ns - START_NS) / SECOND
    assert 50 <= passed_s < 51


async def test_real_pauses_take_real_time(serve: Serve) -> None:
    served = await serve(mode="flowing", hooks=Hooks(delivery=(lambda call, d: replace(d, pause_ns=SECOND // 2),)))
    loop = asyncio.get_running_loop()
    began = loop.time()

    await asyncio.gather(*(served.send(*CALL) for _ in range(100)))

    assert 0.5 <= loop.time() - began < 50, "they overlap"


async def test_an_answer_whose_client_left_is_noted(serve: Serve) -> None:
    """The effect completes; the ledger says that nobody was there to be told."""
    served = await serve(hooks=Hooks(delivery=(lambda call, d: replace(d, pause_ns=SECOND // 5),)))
    served.episode.waits.enter()  # somebody else keeps the clock from jumping
    ledger = served.episode.ledger
    happened, noted = asyncio.Event(), asyncio.Event()
    ledger.watchers.add(lambda entry: (noted if entry.tool == "delivery" else happened).set())
    _, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(request_bytes(served.port, served.path, *CALL))
    async with asyncio.timeout(60):
        await happened.wait()
        writer.close()
        while served.listener.wires.open:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)
        served.episode.waits.leave()
        await noted.wait()

    assert [(e.tool, e.delivered) for e in ledger.entries] == [("write", "gone"), ("delivery", "gone")]


async def test_a_hook_can_answer_before_anything_is_parsed(serve: Serve) -> None:
    async def refuse(arrival: object) -> Delivery:
        return Delivery((Chunk(b"no"),), 429, ((b"retry-after", b"3"),))

    served = await serve(hooks=Hooks(request=(refuse,)))

    seen = await send(served.port, served.path, b"not even JSON")

    assert (seen.status, seen.headers["retry-after"], seen.body) == (429, "3", b"no")
    assert served.episode.ledger.entries == []


async def test_answers_of_the_handshake_era_can_be_broken_too(serve: Serve) -> None:
    served = await serve("typescript", hooks=Hooks(delivery=(lambda call, d: Delivery(end="rst"),)))
    session = await served.session()

    seen = await session.send(rpc("tools/call", {"name": "noop", "arguments": {}}))

    assert (seen.raw, seen.reset) == (b"", True)
