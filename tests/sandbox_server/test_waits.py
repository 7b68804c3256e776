"""Waits on a world's clock: overlapping ones cost the longest, and a cancelled one costs nothing."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox_server.waits import Waits
from worlds.clock import SECOND, Clock, ClockState, Mode

pytestmark = pytest.mark.anyio


def waits(mode: Mode = "virtual") -> tuple[Waits, Clock]:
    clock = Clock(ClockState(0, mode))
    return Waits(clock), clock


async def work(waits: Waits, *pauses_s: float) -> None:
    """A request that waits now and then."""
    waits.enter()
    try:
        for pause_s in pauses_s:
            await waits.wait(int(pause_s * SECOND))
    finally:
        waits.leave()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(1, 1_000), max_size=4), min_size=1, max_size=6))
def test_requests_that_arrive_together_take_as_long_as_the_longest(plans: list[list[int]]) -> None:
    made, clock = waits()

    async def together() -> None:
        async with asyncio.timeout(60):
            await asyncio.gather(*(work(made, *plan) for plan in plans))

    asyncio.run(together())

    assert clock.now_ns == max(sum(plan) for plan in plans) * SECOND
    assert made.busy == 0


async def test_a_clock_does_not_jump_while_somebody_is_busy() -> None:
    made, clock = waits()
    made.enter()
    waiting = asyncio.ensure_future(work(made, 10))
    for _ in range(10):
        await asyncio.sleep(0)

    held = clock.now_ns
    made.leave()
    async with asyncio.timeout(60):
        await waiting

    assert (held, clock.now_ns) == (0, 10 * SECOND)


async def test_a_cancelled_wait_moves_no_clock_and_blocks_nobody() -> None:
    made, clock = waits()
    made.enter()
    cancelled = asyncio.ensure_future(work(made, 1_000))
    other = asyncio.ensure_future(work(made, 5))
    await asyncio.sleep(0)

    cancelled.cancel()
    made.leave()
    async with asyncio.timeout(60):
        await other
    with pytest.raises(asyncio.CancelledError):
        await cancelled

    assert (clock.now_ns, made.busy) == (5 * SECOND, 0)


async def test_who_was_woken_and_cancelled_at_once_is_not_counted_twice() -> None:
    made, _ = waits()
    first = asyncio.ensure_future(work(made, 1))
    second = asyncio.ensure_future(work(made, 1))
    await asyncio.wait({first, second}, return_when=asyncio.FIRST_COMPLETED)

    for task in (first, second):
        task.cancel()
    await asyncio.gather(first, second, return_exceptions=True)

    assert made.busy == 0


@pytest.mark.parametrize("mode", ["flowing", "real"])
async def test_other_clocks_take_real_time(mode: Mode) -> None:
    made, clock = waits(mode)
    loop = asyncio.get_running_loop()
    began, first_ns = loop.time(), clock.now_ns

    await asyncio.gather(work(made, 0.05), *(work(made, 0.1) for _ in range(600)))

    assert 0.1 <= loop.time() - began < 60, "they overlap"
    assert clock.now_ns - first_ns >= SECOND // 10


async def test_no_wait_at_all_does_not_even_yield() -> None:
    made, clock = waits()

    made.wait(0).close()
    await made.wait(0)
    await made.wait(-5)

    assert clock.now_ns == 0
