"""Serve one server over the lines of a reader and a writer, usually the standard streams of this process.

The writer carries the protocol and nothing else. Requests are answered as they are done, not in the order they came.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import Any, Final, Protocol

from fault_injection.delivery import Delivery
from sandbox_server.arrival import LINE, Arrival
from sandbox_server.carriers.limits import collect_rarely, switch_often
from sandbox_server.carriers.perform import GONE
from sandbox_server.connection import Connection
from sandbox_server.dispatch.framing import notices
from sandbox_server.dispatcher import Dispatcher
from sandbox_server.errors import Ended
from sandbox_server.faults.starts import late_ms
from worlds.clock import MS

LINE_BYTES_MAX: Final = 10 * 1024 * 1024
_AT_ONCE_MAX: Final = 512
"""Lines being answered at once; further ones wait in the pipe."""
_PIECE_BYTES: Final = 65_536
DIED: Final = 1
"""The exit status of a server whose process is made to end."""


class Reader(Protocol):
    """What lines are read from, such as an `asyncio.StreamReader`."""

    async def read(self, n: int, /) -> bytes:
        """Some bytes; b"" at the end."""
        ...


class Writer(Protocol):
    """What lines are written to, such as an `asyncio.StreamWriter`."""

    def write(self, data: bytes, /) -> None:
        """Take some bytes."""
        ...

    async def drain(self) -> None:
        """Wait until more can be taken. Raises OSError when nobody reads any more."""
        ...


async def serve_stdio(
    connection: Connection,
    reader: Reader,
    writer: Writer,
    *,
    dispatcher: Dispatcher | None = None,
    grace_seconds: float = 2.0,
) -> int:
    """Serve until the reader ends (0) or a delivery ends the process (1); the value is the exit status.

    After the end of the reader, answers in progress get `grace_seconds` of real time, and again after each that left.
    """
    collect_rarely()
    switch_often()
    return await _Standing(connection, reader, writer, dispatcher or Dispatcher(None)).run(grace_seconds)


class _Standing:
    """One client's line while it is open."""

    def __init__(self, connection: Connection, reader: Reader, writer: Writer, dispatcher: Dispatcher) -> None:
        self.connection = connection
        connection.transport = "stdio"
        self.reader = reader
        self.writer = writer
        self.dispatcher = dispatcher
        self.manner = connection.server.surface.manner
        self.whole = asyncio.Lock()
        """Held for the length of one delivery, so that lines never mix."""
        self.tasks: set[asyncio.Task[None]] = set()
        self.died = asyncio.Event()
        self.up = asyncio.Event()
        """Set once the server answers; lines that come earlier wait."""

    async def run(self, grace_seconds: float) -> int:
        self.connection.listen()
        coming = asyncio.ensure_future(self._come_up())
        pump = asyncio.ensure_future(self._pump())
        reading = asyncio.ensure_future(self._read())
        dying = asyncio.ensure_future(self.died.wait())
        try:
            await asyncio.wait({reading, dying}, return_when=asyncio.FIRST_COMPLETED)
            await self._finish(grace_seconds)
        finally:
            self.connection.close()
            await _cancelled([coming, reading, dying, pump, *self.tasks])
        return DIED if self.died.is_set() else 0

    async def _finish(self, grace_seconds: float) -> None:
        """Let answers in progress end, as long as the next one does in time."""
        done: set[asyncio.Task[None]] | None = None
        while self.tasks and not self.died.is_set() and done != set():
            done, _ = await asyncio.wait(tuple(self.tasks), timeout=grace_seconds, return_when=asyncio.FIRST_COMPLETED)

    async def _come_up(self) -> None:
        """Be as late as the faults in force say."""
        connection, waits = self.connection, self.connection.episode.waits
        with suppress(Ended):
            late = await late_ms(connection.episode, connection.server_name, connection.actor)
            waits.enter()
            try:
                await waits.wait(late * MS)
            finally:
                waits.leave()
        self.up.set()

    async def _read(self) -> None:
        async for line in lines(self.reader):
            task = asyncio.ensure_future(self._answer(line))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
            if len(self.tasks) >= _AT_ONCE_MAX:
                await asyncio.wait(tuple(self.tasks), return_when=asyncio.FIRST_COMPLETED)

    async def _answer(self, line: bytes) -> None:
        arrival, connection = Arrival(line, LINE), self.connection
        await self.up.wait()
        waits = connection.episode.waits
        waits.enter()
        try:
            answer = await self.dispatcher.answer(arrival, connection)
            if isinstance(answer, Delivery):
                lost = await self._perform(answer)
                self.dispatcher.performed(arrival, connection, lost or answer.end)
                return
        finally:
            waits.leave()
        async for delivery in answer:
            if await self._perform(delivery):
                return

    async def _perform(self, delivery: Delivery) -> str | None:
        """Write one delivery whole; what became of it if it could not be."""
        waits = self.connection.episode.waits
        if delivery.pause_ns:
            await waits.wait(delivery.pause_ns)
        await waits.aside(self.whole.acquire())
        try:
            for chunk in delivery.chunks:
                if chunk.pause_ns:
                    await waits.wait(chunk.pause_ns)
                self.writer.write(chunk.data)
                await self.writer.drain()
        except OSError:
            return GONE
        finally:
            self.whole.release()
        if delivery.end not in ("ok", "more"):
            self.died.set()
        return None

    async def _pump(self) -> None:
        """Write what the server says unasked."""
        await self.up.wait()
        while (message := await self.connection.next()) is not None:
            (data,) = notices(self.manner, [message])
            async with self.whole:
                self.writer.write(data + b"\n")
                with suppress(OSError):
                    await self.writer.drain()


async def lines(reader: Reader, bytes_max: int = LINE_BYTES_MAX) -> AsyncIterator[bytes]:
    """The lines that a reader brings, without their ends; a line that is too long counts as an empty one."""
    rest = bytearray()
    dropping = False
    while piece := await reader.read(_PIECE_BYTES):
        *whole, last = piece.split(b"\n")
        for part in whole:
            yield b"" if dropping else bytes(rest + part)
            rest.clear()
            dropping = False
        if dropping or len(rest) + len(last) > bytes_max:
            rest.clear()
            dropping = True
        else:
            rest += last


async def _cancelled(tasks: Iterable[asyncio.Future[Any]]) -> None:
    waiting = list(tasks)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
