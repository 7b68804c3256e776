"""The stage's end of hands: programs in containers of their own that come to a socket and run commands for it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import anyio.to_thread
import orjson

from sandbox_server.errors import StageError
from sandbox_server.family import Leaning
from sandbox_server.hands.job import LENGTH, Answer, Job, Ran, sizes

log = logging.getLogger(__name__)
WAIT_SECONDS_MAX: Final = 120.0
"""How long a command waits until hands are free."""
GRACE_SECONDS: Final = 60.0
"""How much longer than its command a job may take: trees are laid out and looked through."""
NEEDED: Final = "run it with --engine docker, or on a stage in a container that has hands"


class HandsMissing(StageError):
    """A command that nobody here can run."""

    code = "hands"
    status = 409


_Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Hands:
    """So many programs as were waited for; each runs one command at a time. When one is lost, `lost` is called."""

    def __init__(self, door: Path, count: int, lost: Callable[[], None]) -> None:
        """`door`: where the socket is made; it is gone once all have come, so that nobody else ever does."""
        self._door = door
        self._count = count
        self._lost = lost
        self._free: asyncio.Queue[_Line] = asyncio.Queue()
        self._come: list[_Line] = []
        self._all_come = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen. Raises OSError."""
        self._server = await asyncio.start_unix_server(self._came, self._door)
        self._door.chmod(0o666)

    def stop(self) -> None:
        """Let everybody go."""
        self._lost = _nothing
        self._shut()
        for _, writer in self._come:
            writer.close()

    async def run(self, job: Job) -> Ran:
        """Run a command to its end. Raises HandsMissing when nobody is there to run it."""
        written = await anyio.to_thread.run_sync(lambda: b"".join(job.written()))
        answer = await asyncio.shield(asyncio.ensure_future(self._asked(written, job.seconds + GRACE_SECONDS)))
        if "fault" in answer.head:
            raise StageError(f"the tree cannot be laid out at {job.root}: {answer.head['fault']}")
        return await anyio.to_thread.run_sync(answer.ran, job)

    async def _asked(self, written: bytes, seconds: float) -> Answer:
        """One exchange; it goes on when whoever asked is gone, because the line is used again."""
        async with self._line() as (reader, writer):
            try:
                async with asyncio.timeout(seconds):
                    writer.write(written)
                    await writer.drain()
                    return await _answer(reader)
            except (OSError, EOFError, TimeoutError) as error:
                log.error("hands were lost: %s", error)
                self._lost()
                raise HandsMissing("whoever runs commands is gone") from None

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[_Line]:
        try:
            line = await asyncio.wait_for(self._free.get(), WAIT_SECONDS_MAX)
        except TimeoutError:
            raise HandsMissing("whoever runs commands is busy") from None
        yield line
        self._free.put_nowait(line)

    def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._come) >= self._count:
            writer.close()
            return
        self._come.append((reader, writer))
        self._free.put_nowait((reader, writer))
        if len(self._come) == self._count:
            self._shut()
            self._all_come.set()

    def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
        with suppress(OSError):
            self._door.unlink()


async def _answer(reader: asyncio.StreamReader) -> Answer:
    length: int = LENGTH.unpack(await reader.readexactly(LENGTH.size))[0]
    head: dict[str, Any] = orjson.loads(await reader.readexactly(length))
    return Answer(head, tuple([await reader.readexactly(size) for size in sizes(head)]))


def _nothing() -> None:
    """Nobody has to know."""


class _Lent:
    """The hands of this process, if it has any."""

    def __init__(self) -> None:
        self.hands: Hands | None = None


LENT: Final = _Lent()


def hands_here() -> Hands:
    """The hands of this process. Raises HandsMissing."""
    if LENT.hands is None:
        raise HandsMissing("commands cannot be run in this process", hint=NEEDED)
    return LENT.hands


def refuse_without_hands(servers: Mapping[str, object]) -> None:
    """Refuse servers whose commands nobody in this process runs. Raises HandsMissing."""
    needing = [name for name, shown in servers.items() if isinstance(shown, Leaning)]
    if needing and LENT.hands is None:
        raise HandsMissing(f"{needing[0]} runs commands, which cannot be done in this process", hint=NEEDED)
