"""One at a time, in the order of asking, and nobody is lost on the way."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox_server.errors import Ended
from sandbox_server.turn import Turn

pytestmark = pytest.mark.anyio


async def test_a_free_turn_is_taken_at_once_and_only_once() -> None:
    turn = Turn("ep")

    assert (turn.take(), turn.take(), turn.locked()) == (True, False, True)
    turn.release()
    assert (turn.locked(), turn.take()) == (False, True)


async def test_nobody_overtakes_those_who_wait() -> None:
    turn = Turn("ep")
    order: list[int] = []

    async def ask(number: int) -> None:
        async with turn:
            order.append(number)
            await asyncio.sleep(0)

    turn.take()
    asking = [asyncio.ensure_future(ask(number)) for number in range(5)]
    await asyncio.sleep(0)
    turn.release()

    assert turn.take() is False, "the first in line has it already"
    await asyncio.gather(*asking)
    assert order == [0, 1, 2, 3, 4]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=12))
def test_cancelled_askers_block_nobody(askers: list[tuple[int, bool]]) -> None:
    """Each asker waits some loop turns inside; some are cancelled at some moment."""
    inside = most = 0

    async def ask(turn: Turn, turns: int) -> None:
        nonlocal inside, most
        async with turn:
            inside += 1
            most = max(most, inside)
            try:
                for _ in range(turns):
                    await asyncio.sleep(0)
            finally:
                inside -= 1

    async def run() -> bool:
        turn = Turn("ep")
        tasks = [asyncio.ensure_future(ask(turn, turns)) for turns, _ in askers]
        for task, (turns, cancelled) in zip(tasks, askers, strict=True):
            for _ in range(turns):
                await asyncio.sleep(0)
            if cancelled:
                task.cancel()
        async with asyncio.timeout(60):
            await asyncio.gather(*tasks, return_exceptions=True)
        return turn.take()

    assert asyncio.run(run()), "the turn must be free in the end"
    assert most <= 1


async def test_after_the_end_nobody_gets_a_turn() -> None:
    turn = Turn("ep")
    turn.take()
    waiting = asyncio.ensure_future(turn.acquire())
    await asyncio.sleep(0)

    turn.end()
    turn.release()

    for asked in (waiting, turn.acquire()):
        with pytest.raises(Ended):
            await asked
    with pytest.raises(Ended):
        turn.take()


async def test_who_seizes_a_turn_comes_before_all_who_wait_and_hurries_its_holder() -> None:
    turn = Turn("ep")
    order: list[str] = []

    async def ordinary() -> None:
        async with turn:
            order.append("ordinary")

    async def hurry() -> None:
        order.append("hurry")
        turn.release()

    assert turn.take()
    waiting = asyncio.create_task(ordinary())
    await asyncio.sleep(0)
    async with turn.seized(hurry):
        order.append("seized")
    await asyncio.wait_for(waiting, 60)
    async with turn.seized(hurry):
        order.append("free")

    assert order == ["hurry", "seized", "ordinary", "free"]
    assert not turn.locked()


async def test_a_turn_that_cannot_be_hurried_stays_where_it_is() -> None:
    turn = Turn("ep")

    async def hurry() -> None:
        raise RuntimeError

    assert turn.take()
    with pytest.raises(RuntimeError):
        await turn.seize(hurry)
    turn.release()

    assert not turn.locked()
