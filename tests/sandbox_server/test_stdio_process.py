"""A process that serves its standard streams."""

import asyncio
import json
import sys
from typing import Any

import pytest

from tests.sandbox_server.wire import HELLO, rpc

pytestmark = pytest.mark.anyio


def call(tool: str, id: Any = 1, **arguments: Any) -> bytes:
    return rpc("tools/call", {"name": tool, "arguments": arguments}, id)


async def test_a_process_serves_its_standard_streams_and_keeps_strays_off_them() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.sandbox_server.plain_stdio", "typescript",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip

    async with asyncio.timeout(60):
        out, err = await process.communicate(rpc("initialize", HELLO, 0) + b"\n" + call("noop", x="a") + b"\n")

    assert [json.loads(line)["id"] for line in out.splitlines()] == [0, 1]
    assert b"printed by accident" in err
    assert process.returncode == 0


async def test_a_burst_that_nobody_reads_blocks_nobody() -> None:
    """Far more than fits into both pipes, written before anything is read."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.sandbox_server.plain_stdio", "typescript",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        limit=2**24,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(b"".join(call("noop", number, x="y" * 2_000) + b"\n" for number in range(500)))

    async with asyncio.timeout(60):
        await process.stdin.drain()
        heard = [json.loads(await process.stdout.readline())["id"] for _ in range(500)]
        process.stdin.close()
        await process.wait()

    assert sorted(heard) == list(range(500))


async def test_what_was_answered_is_written_before_the_process_ends() -> None:
    """More than a pipe holds is still unread when input ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.sandbox_server.plain_stdio", "typescript",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        limit=2**24,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(b"".join(call("noop", number, x="y" * 10_000) + b"\n" for number in range(50)))
    process.stdin.close()

    async with asyncio.timeout(60):
        first = await process.stdout.readline()
        rest = await process.stdout.read()

    assert len([first, *rest.splitlines()]) == 50
    assert await process.wait() == 0
