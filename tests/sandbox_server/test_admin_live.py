"""The ledger as it is written: server-sent events that resume, and end when there is no more to come."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.sandbox_server.owned import Owned, owned

pytestmark = pytest.mark.anyio
HERE = "/episodes/default"


@pytest.fixture
async def own() -> AsyncIterator[Owned]:
    async with owned() as opened:
        yield opened


class Events:
    """A stream of events, read one by one."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self.lines = lines

    async def next(self) -> dict[str, str]:
        """The next event; comments are left out."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(60):
            while True:
                line = await anext(self.lines)
                if line and not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif fields:
                    return fields


@asynccontextmanager
async def listening(own: Owned, last_id: str | None = None, episode: str = "default") -> AsyncIterator[Events]:
    headers = {"accept": "text/event-stream"} | ({"last-event-id": last_id} if last_id is not None else {})
    async with own.client.stream("GET", f"/episodes/{episode}/ledger", headers=headers) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Events(response.aiter_lines())


def numbers(events: list[dict[str, str]]) -> list[int]:
    return [json.loads(event["data"])["number"] for event in events]


async def test_entries_come_as_they_are_written(own: Owned) -> None:
    await own.sell(3)
    async with listening(own) as events:
        old = await events.next()
        await own.sell(4)
        new = await events.next()

    assert (old["event"], numbers([old, new])) == ("entry", [1, 2])
    page: dict[str, Any] = await own.ask("GET", f"{HERE}/ledger")
    assert [json.loads(event["data"]) for event in (old, new)] == page["entries"]


async def test_a_stream_resumes_after_the_last_event(own: Owned) -> None:
    for number in range(3, 8):
        await own.sell(number)
    async with listening(own) as events:
        seen = [await events.next() for _ in range(2)]

    async with listening(own, seen[-1]["id"]) as events:
        seen += [await events.next() for _ in range(3)]
    assert numbers(seen) == [1, 2, 3, 4, 5]

    async with listening(own, "4") as events:
        assert numbers([await events.next()]) == [5]


async def test_what_comes_next_can_be_asked_for_alone(own: Owned) -> None:
    await own.sell(3)
    last = (await own.ask("GET", f"{HERE}/ledger?limit=1"))["last_id"]

    async with listening(own, last) as events:
        await own.sell(4)
        assert numbers([await events.next()]) == [2]


async def test_an_id_of_an_earlier_stage_leads_to_the_beginning(own: Owned) -> None:
    await own.sell(3)

    async with listening(own, "another.57") as events:
        assert numbers([await events.next()]) == [1]


@pytest.mark.parametrize("last_id", ["x", "-1", "1.x", "٣٣x"])
async def test_an_id_that_is_none_is_refused(own: Owned, last_id: str) -> None:
    headers = {"accept": "text/event-stream", "last-event-id": last_id.encode()}
    response = await own.client.get(f"{HERE}/ledger", headers=headers)  # type: ignore[arg-type]

    assert response.status_code == 422


async def test_a_stream_ends_with_its_episode(own: Owned) -> None:
    branch = await own.ask("POST", f"{HERE}/fork", {}, 201)
    async with listening(own, episode=branch["id"]) as events:
        await own.ask("DELETE", f"/episodes/{branch['id']}")
        assert numbers([await events.next()]) == [1]
        assert (await events.next())["event"] == "end"


async def test_a_stream_ends_with_the_stage(own: Owned) -> None:
    async with listening(own) as events:
        own.control.stopping.set()
        assert (await events.next())["event"] == "end"
    assert (await own.ask("GET", "/health"))["status"] == "stopping"


async def test_listeners_that_leave_are_forgotten(own: Owned) -> None:
    before = len(own.default.ledger.watchers)
    for _ in range(5):
        async with listening(own):
            assert len(own.default.ledger.watchers) == before + 1
        async with asyncio.timeout(60):
            while len(own.default.ledger.watchers) > before:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0)


async def test_many_listeners_see_the_same_under_load(own: Owned) -> None:
    async def listen() -> list[int]:
        async with listening(own) as events:
            return numbers([await events.next() for _ in range(40)])

    listeners = [asyncio.ensure_future(listen()) for _ in range(8)]
    for number in range(100, 140):
        await own.sell(number)

    assert await asyncio.gather(*listeners) == [list(range(1, 41))] * 8
