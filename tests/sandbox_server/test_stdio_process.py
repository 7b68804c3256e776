"""A process that serves its standard streams."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.sandbox_server.wire import HELLO, rpc

pytestmark = pytest.mark.anyio


def call(tool: str, id: Any = 1, **arguments: Any) -> bytes:
    return rpc("tools/call", {"name": tool, "arguments": arguments}, id)


@asynccontextmanager
async def serving(stderr: int = DEVNULL) -> AsyncIterator[Process]:
    """A process that serves; it is ended where it has not ended by itself."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.sandbox_server.plain_stdio", "typescript",
        stdin=PIPE, stdout=PIPE, stderr=stderr, limit=2**24,
    )  # fmt: skip
    try:
        async with asyncio.timeout(60):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_process_serves_its_standard_streams_and_keeps_strays_off_them() -> None:
    async with serving(PIPE) as process:
        out, err = await process.communicate(rpc("initialize", HELLO, 0) + b"\n" + call("noop", x="a") + b"\n")

    assert [json.loads(line)["id"] for line in out.splitlines()] == [0, 1]
    assert b"printed by accident" in err
    assert process.returncode == 0


async def test_a_burst_that_nobody_reads_blocks_nobody() -> None:
    """Far more than fits into both pipes, written before anything is read."""
    async with serving() as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"".join(call("noop", number, x="y" * 2_000) + b"\n" for number in range(500)))
        await process.stdin.drain()
        heard = [json.loads(await process.stdout.readline())["id"] for _ in range(500)]
        process.stdin.close()
        await process.wait()

    assert sorted(heard) == list(range(500))


async def test_what_was_answered_is_written_before_the_process_ends() -> None:
    """More than a pipe holds is still unread when input ends."""
    async with serving() as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"".join(call("noop", number, x="y" * 10_000) + b"\n" for number in range(50)))
        process.stdin.close()
        first = await process.stdout.readline()
        rest = await process.stdout.read()
        status = await process.wait()

    assert len([first, *rest.splitlines()]) == 50
    assert status == 0
