"""The standard streams of this process, taken for a protocol: nothing else can write to them meanwhile."""

import asyncio
import os
import selectors
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from sandbox_server.carriers.descriptors import STDERR, STDIN, STDOUT, demand_open
from sandbox_server.carriers.stdio import Reader, Writer

_LIMIT: Final = 1024 * 1024
_FINISH_SECONDS_MAX: Final = 2.0


class Taken:
    """Private copies of descriptors 0 and 1; meanwhile 0 is empty and what is printed to 1 goes to stderr.

    Raises StageError where one of the two is closed.
    """

    def __init__(self) -> None:
        demand_open()
        self.input = os.dup(STDIN)
        self.output = os.dup(STDOUT)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, STDIN)
        os.close(nothing)
        os.dup2(STDERR, STDOUT)

    def give_back(self) -> None:
        """Put the descriptors back as they were."""
        for private, public in ((self.input, STDIN), (self.output, STDOUT)):
            if sys.platform != "win32":
                os.set_blocking(private, True)
            os.dup2(private, public)
            os.close(private)


@asynccontextmanager
async def standard_streams(taken: Taken | None = None) -> AsyncIterator[tuple[Reader, Writer]]:
    """A reader and a writer over this process's standard streams, which are given back at the end.

    `taken` are streams that were reserved earlier, before anything could print.
    """
    streams = taken or Taken()
    try:
        reader, pipe = await _reader(streams.input)
        writer = await _writer(streams.output)
        try:
            yield reader, writer
        finally:
            await writer.finish()
            if pipe is not None:
                pipe.close()
            await asyncio.sleep(0)  # pipes leave the event loop in its next turn
    finally:
        streams.give_back()


class PipeWriter(asyncio.BaseProtocol):
    """Writes to a pipe without ever blocking the event loop; what is written in one turn of the loop leaves at once."""

    def __init__(self) -> None:
        self.transport: asyncio.WriteTransport | None = None
        self.waiting: list[bytes] = []
        self.open = asyncio.Event()
        self.open.set()
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody reads any more."""
        self.lost = True
        self.open.set()

    def pause_writing(self) -> None:
        """The pipe is full."""
        self.open.clear()

    def resume_writing(self) -> None:
        """The pipe has room."""
        self.open.set()

    def write(self, data: bytes) -> None:
        """Take some bytes."""
        if not self.waiting:
            asyncio.get_running_loop().call_soon(self.flush)
        self.waiting.append(data)

    def flush(self) -> None:
        """Hand everything that was taken to the pipe."""
        data, self.waiting = b"".join(self.waiting), []
        if data and self.transport is not None and not self.lost:
            self.transport.write(data)

    async def finish(self) -> None:
        """Wait, but not for ever, until the pipe has everything, and let go of it."""
        self.flush()
        if self.transport is None:
            return
        if not self.lost:
            self.transport.set_write_buffer_limits(high=0)
            with suppress(TimeoutError, BrokenPipeError):
                async with asyncio.timeout(_FINISH_SECONDS_MAX):
                    await self.drain()
        self.transport.close()

    async def drain(self) -> None:
        """Wait until more can be taken. Raises BrokenPipeError when nobody reads any more."""
        if not self.open.is_set():
            await self.open.wait()
        if self.lost:
            raise BrokenPipeError


class PlainReader:
    """Reads what the event loop cannot watch (a regular file, any stream on Windows), in a thread."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    async def read(self, n: int, /) -> bytes:
        """Some bytes; b"" at the end."""
        return await asyncio.get_running_loop().run_in_executor(None, os.read, self.descriptor, n)


class PlainWriter:
    """Writes what the event loop cannot watch, in a thread."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.waiting = bytearray()

    def write(self, data: bytes) -> None:
        """Take some bytes."""
        self.waiting += data

    async def drain(self) -> None:
        """Write what was taken. Raises OSError."""
        data, self.waiting = bytes(self.waiting), bytearray()
        await asyncio.get_running_loop().run_in_executor(None, _write_all, self.descriptor, data)

    async def finish(self) -> None:
        """Everything was written when it was drained."""


def _watchable(descriptor: int) -> bool:
    """Whether the event loop can watch it. It takes every device for a pipe, and fails later at one like /dev/null."""
    with selectors.DefaultSelector() as selector:
        try:
            selector.register(descriptor, selectors.EVENT_READ)
        except (OSError, ValueError):
            return False
    return True


async def _reader(descriptor: int) -> tuple[Reader, asyncio.BaseTransport | None]:
    if not _watchable(descriptor):
        return PlainReader(descriptor), None
    reader = asyncio.StreamReader(limit=_LIMIT)
    try:
        pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0, closefd=False)
        )
    except (ValueError, NotImplementedError, OSError):
        return PlainReader(descriptor), None
    return reader, pipe


async def _writer(descriptor: int) -> "PipeWriter | PlainWriter":
    try:
        _, writer = await asyncio.get_running_loop().connect_write_pipe(
            PipeWriter, os.fdopen(descriptor, "wb", 0, closefd=False)
        )
    except (ValueError, NotImplementedError, OSError):
        return PlainWriter(descriptor)
    return writer


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
