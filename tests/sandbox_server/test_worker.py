"""Requests begin where they are read and go on in their connection's task, as if they had been in it all along."""

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any

import anyio
import pytest

from sandbox_server.carriers.worker import Worker

pytestmark = pytest.mark.anyio

PLACE: ContextVar[str] = ContextVar("place", default="nowhere")


class Line:
    """A connection with a worker, and what its requests noted."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.tasks: set[asyncio.Task[None]] = set()
        self.worker = Worker(self.loop, self.tasks)
        self.seen: list[Any] = []
        self.over = asyncio.Event()

    async def ready(self) -> "Line":
        """The same, after the first turn of its task."""
        await asyncio.sleep(0)
        return self

    async def begin(self, request: Coroutine[Any, Any, None]) -> list[Any]:
        """Begin a request as the loop does when its last byte is read; returns what was noted by then."""
        begun: asyncio.Future[list[Any]] = self.loop.create_future()

        def callback() -> None:
            self.worker.begin(request)
            begun.set_result(list(self.seen))

        self.loop.call_soon(callback)
        return await begun

    async def end(self) -> None:
        """Wait for the request's own word that it is over."""
        async with asyncio.timeout(60):
            await self.over.wait()


async def test_the_first_request_may_come_before_the_first_turn_of_the_task() -> None:
    line = Line()

    async def request() -> None:
        with anyio.move_on_after(0):
            await asyncio.Event().wait()
        line.seen.append(asyncio.current_task() in line.tasks)
        line.over.set()

    line.worker.begin(request())
    await line.end()

    assert line.seen == [True]


async def test_what_never_waits_ends_where_it_begins() -> None:
    line = await Line().ready()

    async def request() -> None:
        line.seen.append(asyncio.current_task() in line.tasks)

    assert await line.begin(request()) == [True]
    assert await line.begin(request()) == [True, True]
    assert line.worker.idle


async def test_what_waits_goes_on_in_the_same_task_and_context() -> None:
    line = await Line().ready()
    gate: asyncio.Future[str] = line.loop.create_future()

    async def request() -> None:
        token = PLACE.set("here")
        task = asyncio.current_task()
        with anyio.move_on_after(60) as scope:
            line.seen.append(await gate)
            await anyio.lowlevel.checkpoint()
        line.seen += [asyncio.current_task() is task, PLACE.get(), scope.cancelled_caught]
        PLACE.reset(token)
        line.over.set()

    assert await line.begin(request()) == []
    assert not line.worker.idle
    gate.set_result("open")
    await line.end()

    assert line.seen == ["open", True, "here", False]
    assert PLACE.get() == "nowhere"


async def test_what_is_waited_for_may_fail_or_be_over_already() -> None:
    line = await Line().ready()
    failed: asyncio.Future[None] = line.loop.create_future()

    async def request() -> None:
        try:
            await failed
        except ValueError as error:
            line.seen.append(str(error))
        await asyncio.sleep(0)
        line.over.set()

    await line.begin(request())
    failed.set_exception(ValueError("no"))
    await line.end()

    assert line.seen == ["no"]


async def test_a_deadline_in_the_past_cancels_only_its_block() -> None:
    line = await Line().ready()

    async def request() -> None:
        with anyio.move_on_after(0):
            await asyncio.Event().wait()
        line.seen.append("went on")
        line.over.set()

    await line.begin(request())
    await line.end()

    assert line.seen == ["went on"]


@pytest.mark.parametrize("bare", [False, True])
async def test_a_cancellation_right_after_the_beginning_reaches_the_request(bare: bool) -> None:
    line = await Line().ready()
    waiting: asyncio.Future[None] = line.loop.create_future()

    async def request() -> None:
        try:
            await (asyncio.sleep(0) if bare else waiting)
        except asyncio.CancelledError:
            line.seen.append("cancelled")
            raise

    def callback() -> None:
        line.worker.begin(request())
        (task,) = line.tasks
        task.cancel()

    line.loop.call_soon(callback)
    (task,) = line.tasks
    async with asyncio.timeout(60):
        await asyncio.wait([task])

    assert line.seen == ["cancelled"]
    assert waiting.cancelled() is not bare


async def test_a_worker_leaves_at_once_or_after_its_request() -> None:
    idle, busy = Line(), await Line().ready()
    gate: asyncio.Future[None] = busy.loop.create_future()

    async def request() -> None:
        await gate
        busy.over.set()

    await busy.begin(request())
    tasks = [*idle.tasks, *busy.tasks]
    idle.worker.leave()
    busy.worker.leave()
    gate.set_result(None)
    await busy.end()
    async with asyncio.timeout(60):
        await asyncio.wait(tasks)

    assert not idle.tasks
    assert not busy.tasks
