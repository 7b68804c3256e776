"""What passes a doorway comes out as it went in: bytes, ends and resets."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from harness.containers.doorway import Doorway

Served = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
MUCH = b"0123456789abcdef" * 500_000
PATIENCE_SECONDS = 120.0


async def through(served: Served, asked: Callable[[str, int], Awaitable[bytes]]) -> bytes:
    """What somebody hears who asks a server through a doorway."""
    server = await asyncio.start_server(served, "127.0.0.1", 0)
    async with server, Doorway("127.0.0.1", server.sockets[0].getsockname()[:2]) as doorway:
        host, _, port = doorway.url.removeprefix("http://").partition(":")
        return await asyncio.wait_for(asked(host, int(port)), PATIENCE_SECONDS)


async def ask(host: str, port: int) -> bytes:
    """Say much, say that this is all, and hear everything."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(MUCH)
    writer.write_eof()
    try:
        return await reader.read()
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def test_bytes_and_ends_pass_both_ways() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = await reader.read()
        writer.write(heard[::-1])
        writer.write_eof()
        await writer.drain()
        writer.close()

    assert asyncio.run(through(echo, ask)) == MUCH[::-1]


def test_a_reset_is_a_reset_at_the_other_end() -> None:
    async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        bound: socket.socket = writer.get_extra_info("socket")
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    with pytest.raises(ConnectionResetError):
        asyncio.run(through(drop, ask))


def test_where_nobody_listens_the_connection_ends() -> None:
    async def nobody(host: str, port: int) -> bytes:
        async with Doorway("127.0.0.1", ("127.0.0.1", 1)) as doorway:
            return await ask("127.0.0.1", int(doorway.url.rpartition(":")[2]))

    with pytest.raises(OSError, match=r"reset|pipe"):
        asyncio.run(nobody("", 0))
